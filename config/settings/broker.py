"""Celery over RabbitMQ or the embedded Redis. Names of queues stand in `workers.topology`."""

from typing import Any

from config.env import environment

_env = environment()
_is_amqp = _env.broker_url.startswith("amqp")

BROKER_URL = _env.broker_url
BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"confirm_publish": True, "read_timeout": 20, "write_timeout": 20}
    if _is_amqp
    # Redis redelivers what is unacknowledged after this long; no task of ours may take longer.
    else {
        "visibility_timeout": 1800,
        "unacked_restore_throttle": 1,  # kombu looks for them every 10 s, not every 100
        "socket_timeout": 20,
        "socket_connect_timeout": 3,
    }
)

# One queue a pool; a task's name starts with the pool it runs in.
WORKER_POOLS = ("streams", "media", "previews", "social", "push.urgent", "push.bulk", "default")
TASK_ROUTES = {f"{pool}.*": {"queue": pool} for pool in WORKER_POOLS}
CELERY: dict[str, Any] = {
    "broker_url": BROKER_URL,
    "broker_transport_options": BROKER_TRANSPORT_OPTIONS,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 3,
    "broker_heartbeat": 30,
    "task_routes": TASK_ROUTES,
    "task_default_queue": "default",
    "task_create_missing_queues": False,
    # Measured: without these three, a killed child or a restarted broker loses tasks or runs
    # hundreds twice (docs/adr/0003).
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    # what failed is a dead letter by then (kit.task_requests)
    "task_acks_on_failure": True,
    "task_acks_on_timeout": True,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "task_ignore_result": True,
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
    "worker_consumer": "workers.receiver:Receiver",
    "result_expires": None,  # nothing is kept, so beat has nothing to clean up
    "beat_scheduler": "workers.beat:ClaimedTicks",
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "timezone": "UTC",
}
