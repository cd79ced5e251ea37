"""One sparring session: the workflow, mood, director, customer, evaluator and debrief."""
