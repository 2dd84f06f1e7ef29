"""What a person is told who asked for something that cannot be."""


class Refused(Exception):
    """Nothing was changed. `sentence` tells the person who asked why, and what to do next; chats and pages show it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(Refused):
    """The person does not hold the right; somebody else must ask."""


class PlanLimit(Refused):
    """The plan's wall."""
