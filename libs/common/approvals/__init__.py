"""The approval queue's doors: how something is put before a person."""

from libs.common.approvals.ask import Asked, Question, ask_for_person

__all__ = ["Asked", "Question", "ask_for_person"]
