"""Measurement: the evaluator against labels, customers against scripted trainees."""
