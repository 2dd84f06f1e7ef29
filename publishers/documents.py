"""Documents on their way out: what a platform would refuse about a PDF."""

from domain.payload import Document
from domain.platforms import PLATFORMS, Platform


def complaints(platform: Platform, document: Document) -> list[str]:
    """What the platform would refuse about the document, in sentences for the reviewer."""
    name, limits = PLATFORMS[platform].name, PLATFORMS[platform].document
    if limits is None:
        return [f"{name} takes no documents. Remove it, or show it as pictures."]
    found: list[str] = []
    if document.content_type not in limits.types:
        found.append(f"{name} does not take documents of the kind {document.content_type}. Export it as PDF.")
    if document.size > limits.size:
        megabytes = limits.size / 1_000_000
        found.append(f"{name} takes documents up to {megabytes:g} MB; this one has {document.size / 1_000_000:.0f}.")
    if document.size <= 0:
        found.append("The document's file is empty. Choose another one.")
    if document.pages > limits.pages:
        found.append(f"{name} takes documents up to {limits.pages} pages; this one has {document.pages}.")
    if not document.title.strip():
        found.append(f"{name} shows a title above a document. Give it one.")
    return found
