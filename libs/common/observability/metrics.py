"""The metrics of one process: its own registry, with what the process itself costs."""

from prometheus_client import GC_COLLECTOR, CollectorRegistry, PlatformCollector, ProcessCollector


def build_registry() -> CollectorRegistry:
    """A registry that holds CPU, memory, open files and garbage collection of this process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(GC_COLLECTOR)
    return registry
