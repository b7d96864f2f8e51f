"""Every port of a media engine over Wowza Streaming Engine."""

from __future__ import annotations

from apps.streams.adapters.absent import NoPool
from apps.streams.adapters.wowza_engine.output import WowzaOutput
from apps.streams.adapters.wowza_engine.recorder import WowzaRecorder
from apps.streams.adapters.wowza_engine.setup import WowzaSetup
from apps.streams.adapters.wowza_engine.statistics import WowzaStatistics
from apps.streams.adapters.wowza_engine.targets import WowzaTargets


class WowzaEngine(WowzaStatistics, WowzaOutput, WowzaRecorder, WowzaTargets, WowzaSetup, NoPool):
    """One live application of one server.

    The key an encoder types is the stream's name; only its digest is kept here. Viewers get an
    alias and files carry the broadcast's id (docs/adr/0018).
    """
