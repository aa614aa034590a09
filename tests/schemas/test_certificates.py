"""What somebody says of a certificate becomes what to do, and nothing else does."""

import pytest

from schemas.certificates import Peer, untrusted, untrusted_store

PEER = Peer("X", host="the endpoint", port="the endpoint", keeper="whoever runs it", ours="it is shown none")
CURL = "When getting information for bucket 'a': AWS Error NETWORK_CONNECTION during HeadBucket operation: "
NOT_OK = "curlCode: 60, SSL peer certificate or SSH remote key was not OK; Details: "
REFUSED = "The request signature we calculated does not match the signature you provided"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("certificate verify failed: certificate has expired", "ask the department to renew it"),
        ("certificate verify failed: certificate is not yet valid", "look at the clocks"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "look at port and kind of the connection"),
        ("certificate verify failed: unable to get local issuer certificate", "put the authority's PEM into X"),
        ('server certificate for "a" does not match host name "b"', "let `host` of the connection be the name"),
        ("tlsv13 alert certificate required", "ask the department for one, and name its files in the connection"),
        ("Connection refused", ""),
        (REFUSED, ""),
        ("(1862, 'Your password has expired. To log in you must change it')", ""),
    ],
)
def test_what_tls_libraries_say_becomes_what_to_do(said: str, advice: str) -> None:
    told = untrusted(said, Peer("X"))
    assert (said in told and advice in told) if advice else not told


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (NOT_OK + "SSL certificate OpenSSL verify result: self-signed certificate", "put the authority's PEM into X"),
        (NOT_OK + "SSL: no alternative certificate subject name matches target host name 'b'", "let the endpoint be"),
        (NOT_OK + "SSL certificate problem: certificate has expired", "ask whoever runs it to renew it"),
        (
            "curlCode: 77, Problem with the SSL CA cert (path? access rights?); Details: error adding trust anchors "
            "from file: /city.pem",
            "put the authority's PEM into X",
        ),
        ("curlCode: 35, SSL connect error; Details: TLS connect error: wrong version number", "look at the endpoint"),
        ("curlCode: 35, SSL connect error; Details: sslv3 alert handshake failure", "it is shown none"),
        ("curlCode: 28, Timeout was reached", ""),
    ],
)
def test_what_the_line_to_a_store_says_becomes_what_to_do(said: str, advice: str) -> None:
    told = untrusted_store(CURL + said, PEER)
    assert (said in told and advice in told) if advice else not told


@pytest.mark.parametrize(
    "said",
    [
        f"When listing objects in bucket 'certificates': AWS Error SIGNATURE_DOES_NOT_MATCH: {REFUSED}",
        "When reading 'market.certificates/a': AWS Error UNKNOWN (HTTP status 400): The provided token has expired.",
        "When reading 'peer certificate': AWS Error NETWORK_CONNECTION: curlCode: 28, Timeout was reached",
    ],
)
def test_names_of_buckets_and_objects_are_no_words_of_a_certificate(said: str) -> None:
    assert not untrusted_store(said, PEER)
