"""Redis as a broker, mended: no message is ever in the hands of one process alone.

kombu 5.7 takes a message off its list (BRPOP) and then writes down that somebody has it. Who is
killed between the two takes the message along. Here a script does both at once. A script cannot
wait, so who found nothing waits at a bell, which publishers ring: a list beside each queue, whose
elements nobody misses.
"""

from __future__ import annotations

import time
from typing import Any, Final

from kombu import Connection as KombuConnection
from kombu.transport import redis as over_redis
from kombu.transport.virtual import Empty
from kombu.utils import json
from redis.exceptions import ConnectionError as LostConnection
from typing_extensions import override

# KEYS: lists in the order of their turn, then kombu's `unacked` and `unacked_index`. ARGV: now.
# What is written down is what kombu's own QoS writes: [message, exchange, routing key].
TAKE: Final = """
for number = 1, #KEYS - 2 do
  local item = redis.call('RPOP', KEYS[number])
  if item then
    local is_read, message = pcall(cjson.decode, item)
    local properties = is_read and type(message) == 'table' and message.properties
    local info = type(properties) == 'table' and properties.delivery_info
    if type(info) == 'table' and type(properties.delivery_tag) == 'string' then
      local where = cjson.encode({info.exchange or '', info.routing_key or ''})
      local kept = '[' .. item .. ',' .. string.sub(where, 2)
      redis.call('HSET', KEYS[#KEYS - 1], properties.delivery_tag, kept)
      redis.call('ZADD', KEYS[#KEYS], ARGV[1], properties.delivery_tag)
    end
    return {KEYS[number], item}
  end
end
return nil
"""
BELL_LASTS_S: Final = 60


class Channel(over_redis.Channel):
    """kombu's, which loses nothing to a kill, and takes a lost connection for one.

    After Redis went away, Celery 5.7 closes the connection twice and acknowledges late what a
    task of before finished. kombu 5.7 then reads the address of a transport that is no more: an
    AttributeError, which ends the worker. What was unacknowledged stays in Redis, and is handed
    out anew after the visibility timeout.
    """

    # One process at a time hands out what others left behind. Who is killed while it does holds up
    # the next for this long, five minutes with kombu; two at once do no harm.
    unacked_mutex_expire = 10

    # the stubs know neither these nor most of kombu's own
    connection: Any
    client: Any
    qos: Any
    connection_errors: tuple[type[Exception], ...]
    _queue_cycle: Any
    _q_for_pri: Any
    _in_poll: Any
    _finds_nothing: bool = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self._never_acknowledged: set[str] = set()
        super().__init__(*args, **options)

    def _connparams(self, **wanted: Any) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise LostConnection("The connection of this channel is closed.")
        # celery-types leaves the method out
        return super()._connparams(**wanted)  # type: ignore[misc,no-any-return]

    @override
    def basic_consume(self, queue: str, no_ack: bool, *args: Any, **options: Any) -> Any:
        if no_ack:
            self._never_acknowledged.add(queue)
        return super().basic_consume(queue, no_ack, *args, **options)

    @override
    def _put(self, queue: str, message: Any, **options: Any) -> None:
        super()._put(queue, message, **options)
        with self.conn_or_acquire() as client:
            pipe = client.pipeline(transaction=False)
            pipe.lpush(_bell(queue), 1)
            pipe.ltrim(_bell(queue), 0, 0)
            pipe.expire(_bell(queue), BELL_LASTS_S)
            pipe.execute()

    def _brpop_start(self, timeout: float | None = None) -> None:
        """Ask for a message, or wait at the bells where the last question found none."""
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        self._in_poll = connection = self.client.connection
        self._brpop_sent_at = time.monotonic()
        if self._finds_nothing:
            bells = map(_bell, queues)
            connection.send_command("BRPOP", *bells, timeout or self.brpop_timeout or 1)
            return
        lists = [self._q_for_pri(queue, step) for step in self.priority_steps for queue in queues]
        keys = [*lists, self.unacked_key, self.unacked_index_key]
        connection.send_command("EVAL", TAKE, len(keys), *keys, time.time())

    def _brpop_read(self, **options: Any) -> bool:
        was_waiting = self._finds_nothing
        self._finds_nothing = False
        try:
            found = self.client.parse_response(self.client.connection, "BRPOP", **options)
        except self.connection_errors:
            # the next round connects anew
            self.client.connection.disconnect()
            raise
        finally:
            self._in_poll = None
        if was_waiting or not found:
            self._finds_nothing = not was_waiting
            raise Empty
        self._hand_out(*found)
        return True

    def _hand_out(self, key: bytes, item: bytes) -> None:
        queue = key.decode().rsplit(self.sep, 1)[0]
        self._queue_cycle.rotate(queue)
        message = json.loads(item)
        if queue in self._never_acknowledged:
            self.qos._remove_from_indices(message["properties"]["delivery_tag"]).execute()  # noqa: SLF001
        self.connection._deliver(message, queue)  # noqa: SLF001


class Transport(over_redis.Transport):
    Channel = Channel


class Connection(KombuConnection):
    """kombu's, with the transport above where Redis is the broker."""

    @override
    def get_transport_cls(self) -> Any:
        found = super().get_transport_cls()
        return Transport if found is over_redis.Transport else found


def _bell(queue: str) -> str:
    return f"bell:{queue}"
