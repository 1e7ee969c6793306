"""Makes one catalogue of what all sources told: who is who, which title is which item, and what is known of it."""
