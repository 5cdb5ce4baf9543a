"""Clients of AWS services: region, profile, endpoint and credentials come from the standard AWS chain."""

from __future__ import annotations

import logging
import os
from typing import Any

_CONNECT_S = 5


def aws_client(service: str, *, read_timeout_s: float, attempts: int) -> Any:
    """Return a boto3 client that connects within 5 s and tries ``attempts`` times in AWS's standard retry mode.

    Raises:
        BotoCoreError: no region or profile is set.
    """
    import boto3
    from botocore.config import Config

    # langchain-aws logs each failure with its traceback, which a learner would see on the terminal.
    logging.getLogger("langchain_aws").setLevel(logging.CRITICAL)
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=_CONNECT_S,
        read_timeout=read_timeout_s,
        user_agent_extra="exam-tutor",
    )
    # boto3 itself reads AWS_DEFAULT_REGION only; AWS_REGION is what the other AWS tools set.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
    return session.client(service, config=config)
