"""Invented pages and documents for training, made of train pages and of text written for it. Seeded; nothing from dev."""
