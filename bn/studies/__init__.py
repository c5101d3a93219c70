"""Trials and associations put to a network: what it says where a study printed a figure."""
