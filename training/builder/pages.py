"""A page as a reader finds it in a clone."""

from dataclasses import dataclass, field


@dataclass
class Page:
    """HTML with what its repository knows about it. `gold` is None for pages without a gold text."""

    source: str
    id: str
    html: str
    gold: str | None = None
    how: str = ""  # who made the gold text
    url: str | None = None
    title: str | None = None
    page_type: str | None = None
    publisher: str | None = None
    forms: list[str] = field(default_factory=list)  # kinds of forms, annotated by people

    @property
    def name(self) -> str:
        return f"{self.source}/{self.id}"
