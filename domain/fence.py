"""Text from strangers that talks to a machine instead of a person. Such sentences are neither orders nor facts."""

import regex

_MACHINES = (
    r"(?:ai|llms?|language\ models?|assistants?|chatbots?|gpt|crawlers?|scrapers?|ai\ (?:agents?|assistants?|bots?))"
)
_MARKS = regex.compile(
    rf"""(?xi)
    \b(?:ignore|disregard|forget|override)\b .{{0,40}}
        \b(?:instructions?|prompts?|rules|guidelines|above|previous|prior|context)\b
    | \b(?:system|developer|hidden)\ (?:prompt|message|instructions?)\b
    | \byou\ are\ (?:now\ )?(?:an?\ )?(?:{_MACHINES}|dan)\b
    | \b(?:as|dear|attention|hey|hello|note\ to)[,:]?\ (?:an?\ |the\ |all\ )?{_MACHINES}\b
    | \b(?:ai|llm|language)\ (?:agents?|assistants?|models?|crawlers?|bots?)\b .{{0,40}}
        \b(?:must|should|shall|please|are\ to|have\ to)\b
    | \bwhen\ (?:summari[sz]ing|describing|promoting|writing\ about)
        \ (?:this|the)\ (?:page|(?:web)?site|product|company)\b
    | \b(?:reveal|print|repeat|output|leak|send)\b .{{0,30}}
        \b(?:system\ prompt|api\ keys?|passwords?|tokens?|secrets?|credentials)\b
    | \b(?:do\ not|don't|never)\ (?:tell|inform|mention|show|reveal)\b .{{0,30}} \b(?:user|reviewer|human|operator)s?\b
    | <\|?\s*(?:im_start|im_end|system|assistant|user|endoftext)\s*\|?>
    | \[/?(?:inst|system)\]
    | \bact\ as\ (?:an?\ |the\ )?(?:ai|assistant|administrator|system|developer|jailbroken)\b
    | \bjailbreak\b
    """
)
_LONGEST = 20_000


def speaks_to_machines(text: str) -> bool:
    """Whether the text addresses a program that reads it. No filter is complete: a person still sees every post."""
    return _MARKS.search(text[:_LONGEST]) is not None
