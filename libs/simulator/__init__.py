"""The upstream systems as real HTTP servers over one generated library, with faults on demand and a ledger."""
