"""Chapters as notebooks: run them, keep their trainings, check and gather what they measured, make exercises."""
