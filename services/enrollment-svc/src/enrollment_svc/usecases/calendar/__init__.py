"""The working calendar is kept; due times by it."""
