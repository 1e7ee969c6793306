"""What is kept for good of the facts a deletion was decided on: who told them, and when."""

from libs.common.deletions.evidence.build import decided_on
from libs.common.deletions.evidence.collect import collect

__all__ = ["collect", "decided_on"]
