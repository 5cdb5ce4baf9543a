"""The tutor: models, answers, quizzes, learner records, pages and commands."""
