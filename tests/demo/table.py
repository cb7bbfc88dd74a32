"""The live table of tasks in the terminal; without a terminal one line per change.

Not for: fetching (api.Watcher). Invariant: it never writes more lines than the terminal has.
"""

import shutil
import sys
import threading

KEPT = 200
COLORS = {"RUNNING": 36, "COMPLETED": 32, "COMPLETED_WITH_WARNINGS": 33, "QUEUED": 90, "FAILED": 31, "PARTIAL": 31,
          "BLOCKED": 33, "ABORTING": 33, "ABORTED": 90}  # fmt: skip


class Table:
    """Tasks by their last event, newest first."""

    def __init__(self, heading):
        self.heading = heading
        self.tasks, self.lock = {}, threading.Lock()
        self.is_terminal = sys.stdout.isatty()

    def notice(self, event):
        task = event.get("task")
        if not task:
            return
        with self.lock:
            before = self.tasks.pop(task["id"], None)
            self.tasks[task["id"]] = task
            while len(self.tasks) > KEPT:
                self.tasks.pop(next(iter(self.tasks)))
        if not self.is_terminal and (before is None or before["status"] != task["status"]):
            print(self.row(task), flush=True)

    def row(self, task):
        moment = (task.get("startedAt") or task["createdAt"])[11:19]
        name = (task.get("asset") or task.get("awsAccount") or {}).get("name") or ""
        share = f"{task['progress'] * 100:4.0f} %" if task["status"] == "RUNNING" else ""
        note = (task.get("failure") or {}).get("message") or share
        return f"{moment}  {task['kind']:<22} {task['status']:<12} {name:<22} {note}"

    def draw(self, trouble=None):
        if not self.is_terminal:
            return
        width, height = shutil.get_terminal_size()
        with self.lock:
            tasks = list(reversed(self.tasks.values()))
        counts = {}
        for task in tasks:
            counts[task["status"]] = counts.get(task["status"], 0) + 1
        summary = ", ".join(f"{count} {status.lower()}" for status, count in sorted(counts.items())) or "no tasks yet"
        lines = [*self.heading, "", f"Tasks (UTC): {summary}{'  [' + trouble + ']' if trouble else ''}"]
        for task in tasks[: max(1, height - len(lines) - 2)]:
            text = self.row(task)[: width - 1]
            lines.append(f"\x1b[{COLORS.get(task['status'], 0)}m{text}\x1b[0m")
        sys.stdout.write("\x1b[H\x1b[2J" + "\n".join(lines) + "\n")
        sys.stdout.flush()
