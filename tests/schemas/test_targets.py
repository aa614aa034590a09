"""Where webhooks may go."""

from ipaddress import ip_address

import pytest

from schemas.errors import BadInput
from schemas.targets import ANYWHERE, read_targets, target

OWN = (
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "169.254.1.1", "169.254.169.254", "fe80::1", "fd00:ec2::254"),
    *("100.100.100.200", "224.0.0.1", "ff02::1", "240.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    *("2002:7f00:1::", "64:ff9b::7f00:1", "::7f00:1"),
)


@pytest.mark.parametrize("address", OWN)
def test_without_a_setting_nothing_of_this_machine_can_be_reached(address: str) -> None:
    assert not ANYWHERE.address(ip_address(address))


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "59.110.1.1", "fd12::1", "2001:da8::1"])
def test_the_networks_of_other_offices_can(address: str) -> None:
    assert ANYWHERE.address(ip_address(address))


def test_a_setting_names_all_there_is() -> None:
    told = read_targets("10.20.0.0/16, *.gov.cn, hooks.example.cn,127.0.0.1")
    assert told.address(ip_address("10.20.3.4"))
    assert told.address(ip_address("127.0.0.1"))
    assert told.address(ip_address("::ffff:10.20.3.4"))
    assert not told.address(ip_address("10.21.0.1"))
    assert not told.address(ip_address("59.110.1.1"))
    assert told.name("a.b.gov.cn")
    assert told.name("Hooks.Example.cn.")
    assert not told.name("gov.cn")
    assert not told.name("evilgov.cn")
    assert not told.name("hooks.example.cn.evil.com")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "http://x", "a b", "*", "a*.cn", "10.0.0.1/8"])
def test_a_setting_that_is_neither_name_nor_network_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="YISHU_WEBHOOK_TARGETS"):
        read_targets(text)


@pytest.mark.parametrize(
    "url", ["", "hooks.cn", "//hooks.cn", "http:///x", "gopher://x/", "http://a@b/", "http://a/#f", "http://a:99999/",
            "http://a/ b", "http://a\\@b/", "http://例.cn/", "http://[::1/", "https://" + "a" * 3000],
)  # fmt: skip
def test_only_a_plain_address_is_one(url: str) -> None:
    with pytest.raises(BadInput, match="webhook url"):
        target(url, ANYWHERE)
