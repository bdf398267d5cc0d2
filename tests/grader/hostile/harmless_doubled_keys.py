"""JSON with a key that stands there twice, of which all programs take the last."""

import json


def tamper(notebook):
    text = json.dumps(notebook)
    return text.replace('{"cells":', '{"cells": [], "cells":', 1).encode()


EXPECTED = ("graded", {})
