"""Answers tasks as a worker does, and dies when told to."""

import json
import os
import sys


def main():
    setup = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        task = json.loads(line)
        if task.get("die") == "killed":
            os.kill(os.getpid(), 9)
        if task.get("die"):
            sys.stdout.write("half an ans")
            sys.stdout.flush()
            os._exit(3)
        if task.get("fail"):
            answer = {"error": "It failed."}
        else:
            answer = {"result": {"pid": os.getpid(), "setup": setup["name"], "task": task}}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


# Tests import this file too, in search of examples.
if __name__ == "__main__":
    main()
