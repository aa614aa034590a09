"""How the topic of a contract stands: whether its cluster answers, and how far the group is."""

from collections.abc import Iterator

from connectors.exploring import Sign, Weight
from connectors.streams.cluster import cluster
from connectors.streams.spans import Topic
from schemas.connection import Connection
from schemas.errors import NotReady, SourceFault


def signs(connection: Connection, name: str, group: str, timeout: float) -> Iterator[Sign]:
    """Whether the cluster answers, how far the group is, and whether a topic that was made again would be noticed."""
    try:
        with cluster(connection, group, timeout) as opened:
            found = opened.topic(name)
    except NotReady as refused:
        yield Sign("login", str(refused), "correct the connection", Weight.PROBLEM)
        return
    except SourceFault as fault:
        yield Sign("reach", str(fault), "look at the connection and the topic, or ask the department", Weight.PROBLEM)
        return
    yield Sign("reach", f"the topic {name} has {len(found.partitions)} partitions")
    yield Sign("window", _behind(found, group))
    if not found.id:
        said = "the cluster tells no ids of its topics (Kafka before 2.8)"
        yield Sign("identity", said, "a topic that is made again may go unnoticed: ask to be told", Weight.WARNING)


def _behind(topic: Topic, group: str) -> str:
    there = sum(part.latest - part.earliest for part in topic.partitions)
    if all(part.committed is None for part in topic.partitions):
        return f"{there} messages are there; the group {group} has landed none"
    ends = sum(part.latest - (part.committed or part.earliest) for part in topic.partitions)
    return f"{there} messages are there, {ends} came since the last landing of the group {group}"
