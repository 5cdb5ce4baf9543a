from __future__ import annotations

import pytest

from app.tutor.labels import what_is


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Random forests", "What are random forests?"),
        ("Large language models (LLM)", "What are large language models (LLM)?"),
        ("Ensembles (bagging, boosting, stacking)", "What are ensembles (bagging, boosting, stacking)?"),
        ("Hyperparameters of tree models", "What are hyperparameters of tree models?"),
        ("Precision and recall", "What are precision and recall?"),
        ("SageMaker execution roles", "What are SageMaker execution roles?"),
        ("L1 and L2 regularization", "What are L1 and L2 regularization?"),
        ("Auto Scaling groups", "What are Auto Scaling groups?"),
        ("Amazon Kinesis Data Streams", "What is Amazon Kinesis Data Streams?"),
        ("AWS Identity and Access Management (IAM)", "What is AWS Identity and Access Management (IAM)?"),
        ("K-means", "What is K-means?"),
        ("Kubernetes", "What is Kubernetes?"),
        ("Cluster analysis", "What is Cluster analysis?"),
        ("Comparing models", "What is Comparing models?"),
        ("Strategy for exam questions", "What is Strategy for exam questions?"),
    ],
)
def test_titles_of_several_things_are_asked_about_in_the_plural(title: str, question: str) -> None:
    assert what_is(title) == question
