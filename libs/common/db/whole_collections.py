"""Which collections are deleted as a whole, and what belongs to them (domain.md 4.9): the one condition."""

MEMBERSHIPS = """
    select i.id, s.source, c.name
      from media_items i
     cross join lateral unnest(i.collections) as c(name)
     cross join lateral jsonb_array_elements_text(
           coalesce(i.collection_sources -> c.name, jsonb_build_array(i.integration_id))) as s(source)
      join integrations g on g.id = s.source::bigint
     where g.collection_deletion and g.enabled and g.removed_at is null
"""
"""SQL: a row for each item `id` and collection, told apart by `source`, the integration that told of it, and `name`.

The switch is that of the source; a collection of unknown source counts as one of the item's own integration.
"""
