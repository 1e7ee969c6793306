"""What everyone may say about the prepared preview: that it no longer tells the truth."""

from libs.common.preview.invalidate import mark_body_outdated, mark_scores_outdated

__all__ = ["mark_body_outdated", "mark_scores_outdated"]
