"""The SNS engine: topics, subscriptions, filter policies, delivery to queues and functions."""

from __future__ import annotations

from eventsim.cloud.topics.deliveries import DeliverToFunction
from eventsim.cloud.topics.metrics import TopicMetrics
from eventsim.cloud.topics.notification import Notification
from eventsim.cloud.topics.registry import Topics
from eventsim.cloud.topics.retries import RetryPolicy
from eventsim.cloud.topics.subscription import Subscription
from eventsim.cloud.topics.topic import Topic

__all__ = ["DeliverToFunction", "Notification", "RetryPolicy", "Subscription", "Topic", "TopicMetrics", "Topics"]
