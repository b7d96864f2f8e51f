"""What streams needs from outside, said in its own words."""

from apps.streams.ports.audience import (
    Audience,
    Harvest,
    Harvests,
    HealthBoard,
    People,
    Sign,
    Tally,
)
from apps.streams.ports.engines import (
    EngineSetup,
    EngineStatistics,
    FoundPlaylist,
    HlsOrigin,
    LiveFiles,
    LiveOutput,
    Measured,
    MediaEngine,
    PooledIngest,
    Recorder,
    StreamPool,
    StreamTargets,
    TargetAddress,
)
from apps.streams.ports.names import Resolver
from apps.streams.ports.recordings import (
    Cut,
    Editor,
    IsWanted,
    Joined,
    Probe,
    Vault,
)
from apps.streams.ports.uploads import (
    Intake,
    Spool,
)

__all__ = [
    "Audience",
    "Cut",
    "Editor",
    "EngineSetup",
    "EngineStatistics",
    "FoundPlaylist",
    "Harvest",
    "Harvests",
    "HealthBoard",
    "HlsOrigin",
    "Intake",
    "IsWanted",
    "Joined",
    "LiveFiles",
    "LiveOutput",
    "Measured",
    "MediaEngine",
    "People",
    "PooledIngest",
    "Probe",
    "Recorder",
    "Resolver",
    "Sign",
    "Spool",
    "StreamPool",
    "StreamTargets",
    "Tally",
    "TargetAddress",
    "Vault",
]
