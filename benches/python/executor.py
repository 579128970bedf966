"""What the official ProX executor does, in plain Python: the other side of `cargo bench --bench executor`.

Written from the rules of the official code (GAIR-NLP/ProX b3fcbb2), not copied from it, and with its data structures: the
text as a list of lines, removed lines as a set filled one number at a time, `str.replace` on the whole text.

    executor.py --check VECTORS.jsonl.gz         compares every result with that of the official code
    executor.py --bench TEXT PROGRAM [--runs N]  prints the median time of an execution as JSON
"""

import argparse
import gzip
import json
import statistics
import sys
import time
import zlib


def value(argument):
    return argument.split("=")[1]


def execute_operations(text, program):
    """The edited text, the number of errors, the removed ranges and the pairs of all normalisations."""
    line_count = text.count("\n") + 1
    errors = 0
    ranges = []
    removed_lines = set()
    pairs = []
    for line in program.strip(" ").split("\n"):
        if line.startswith("remove_lines") and "all=True" in line:
            removed_lines = set(range(line_count))
            continue
        is_removal = line.startswith("remove_lines")
        if not is_removal and not line.startswith("normalize"):
            continue
        if "(" not in line:
            errors += 1
            continue
        if ")" not in line:
            # The search gives -1 then, and a slice up to -1 lacks the last character.
            errors += 1
        arguments = line[line.find("(") + 1 : line.find(")")].split(",")
        try:
            if is_removal:
                start, end = int(value(arguments[0])), int(value(arguments[1]))
                ranges.append([start, end])
                # Not clamped: no vector and no bench has a range that takes long.
                for number in range(start, end + 1):
                    removed_lines.add(number)
            elif len(arguments) == 1:
                pairs.append((value(arguments[0]).strip('"'), None))
            elif len(arguments) == 2:
                source, target = value(arguments[0]), value(arguments[1])
                pairs.append((source.strip('"'), target.strip('"')))
        except (IndexError, ValueError):
            errors += 1

    for source, target in pairs:
        if source == "" or (source == " " and target is not None):
            continue
        text = text.replace(source, target or "")

    lines = text.split("\n")
    merged = []
    for start, end in sorted(ranges, key=lambda bounds: bounds[0]):
        if merged and start <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    within = []
    for start, end in merged:
        if start >= len(lines) or end >= len(lines):
            errors += 1
        if start < len(lines):
            within.append([start, min(end, len(lines) - 1)])
    kept = [line for number, line in enumerate(lines) if number not in removed_lines]
    return "\n".join(kept), errors, within, [(source, target or "") for source, target in pairs]


def execute(text, program, threshold_1=0.0, threshold_2=0.95, error_op=2):
    """The refined text."""
    edited, errors, _, _ = execute_operations(text, program)
    words = len(edited.split())
    share = words / len(text.split())
    accepted = errors < error_op
    if share <= 1 - threshold_2 and accepted:
        return ""
    if words <= 10:
        return ""
    if share >= threshold_1 and accepted:
        return edited
    return text


def execute_document_level(text, program):
    return "" if "drop" in program.strip(" ") else text


def differs(case):
    """What is not as in the official code, if anything."""
    text, program = case["text"], case["program"]
    if case["level"] == "doc":
        return None if execute_document_level(text, program) == case["expected"] else "text"
    raised = refined = None
    try:
        refined = execute(text, program, case["threshold_1"], case["threshold_2"], case["error_op"])
    except ZeroDivisionError as error:
        raised = type(error).__name__
    edited, errors, removed, pairs = execute_operations(text, program)
    processed = case["processed"] if case["processed"] is not None else case["expected"]
    results = [
        ("raised", raised, case["raised"]),
        ("text", refined, case["expected"]),
        ("errors", errors, case["errors"]),
        ("removed", [[str(number) for number in bounds] for bounds in removed], case["removed"]),
        ("pairs", [list(pair) for pair in pairs], case["pairs"]),
        ("text before the guard", edited, processed),
    ]
    return next((name for name, result, expected in results if result != expected), None)


def check(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        cases = [json.loads(line) for line in file]
    bad = [(case["id"], difference) for case in cases if (difference := differs(case))]
    for name, difference in bad:
        print(f"{name}: {difference} differs")
    print(f"{len(cases) - len(bad)} of {len(cases)} equal")
    return 1 if bad or not cases else 0


def read(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8")


def bench(text_path, program_path, runs):
    text, program = read(text_path), read(program_path)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        refined = execute(text, program)
        seconds.append(time.perf_counter() - start)
    result = refined.encode("utf-8")
    # The checksum lets the caller see that both sides did the same work.
    print(json.dumps({"seconds": statistics.median(seconds), "bytes": len(result), "crc32": zlib.crc32(result)}))
    return 0


def main():
    parser = argparse.ArgumentParser()
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--check", metavar="VECTORS")
    task.add_argument("--bench", nargs=2, metavar=("TEXT", "PROGRAM"))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    return check(options.check) if options.check else bench(*options.bench, options.runs)


if __name__ == "__main__":
    sys.exit(main())
