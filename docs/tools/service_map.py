"""Generates the picture of services and topics, the table of topics and the table of enumerations from the code."""

from collections.abc import Iterable, Mapping

from package_modules import modules_of

from chassis.service import Service
from contracts import words
from contracts.catalog import EVENTS
from contracts.topics import TOPICS, Topic
from contracts.words import Word

#: Setting → the external system whose address the setting contains.
OUTSIDE = {"registry_url": "city registries", "center_url": "protection center"}


def filled(page: str, sections: Mapping[str, str]) -> str:
    """The page with new content between the two marks of each section.

    Raises ValueError if the page does not contain each mark exactly once.
    """
    for name, content in sections.items():
        begin, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- end of {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise ValueError(f"the page must contain the marks of the section {name} once")
        before, after = page.split(begin)
        page = before + begin + content + end + after.split(end)[1]
    return page


def picture(services: Mapping[str, Service]) -> str:
    """Services as boxes, topics as drums, external systems as boxes with round ends.

    Topics that no service reads are left out.
    """
    lines = ["```mermaid", "flowchart TB"]
    lines += [f"    {_id(name)}[{name}]" for name in services]
    for topic in (topic for topic in TOPICS if _readers(topic, services)):
        lines += [f"    {_id(topic.name)}[({topic.name})]", f"    {_id(topic.producer)} --> {_id(topic.name)}"]
        lines += [f"    {_id(topic.name)} --> {_id(name)}" for name in _readers(topic, services)]
    for name, service in services.items():
        for setting, system in OUTSIDE.items():
            if setting in service.settings.model_fields:
                lines.append(f"    {_id(name)} <-. HTTP .-> {_id(system)}([{system}])")
    return "\n".join([*lines, "```", ""])


def topics_table(services: Mapping[str, Service]) -> str:
    """Every topic with its key, its producer, its consumers and its events."""
    lines = ["| topic | key | written by | read by | events |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        events = ", ".join(f"`{kind.__name__}`" for kind in EVENTS if kind.topic is topic)
        readers = ", ".join(_readers(topic, services)) or "downstream systems"
        name = f"`{topic.name}`" + (", compacted" if topic.compacted else "")
        lines.append(f"| {name} | {topic.key} | {topic.producer} | {readers} | {events} |")
    return "\n".join([*lines, ""])


def words_table(packages: Iterable[str]) -> str:
    """The table of enumerations: the module of each enumeration, its words on screens and its codes in events."""
    lines = ["| declared in | words |", "|---|---|"]
    for kind in _vocabularies(packages):
        words = " · ".join(f"{word.label} `{word.value}`" for word in kind)
        lines.append(f"| `{kind.__module__}.{kind.__name__}` | {words} |")
    return "\n".join([*lines, ""])


def _vocabularies(packages: Iterable[str]) -> list[type[Word]]:
    """Enumerations of `contracts.words` and of all domain code, except those that have sentences as labels."""
    modules = [words, *(module for package in packages for module in modules_of(f"{package}.domain"))]
    enumerations: dict[type[Word], None] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Word) and list(value):
                enumerations[value] = None
    return [kind for kind in enumerations if not any("，" in word.label for word in kind)]


def _readers(topic: Topic, services: Mapping[str, Service]) -> list[str]:
    """The services that subscribe to an event of the topic."""
    return [name for name, service in services.items() if topic in service.on.topics()]


def _id(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").replace(" ", "_")
