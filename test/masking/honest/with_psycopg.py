"""Plays the cases by psycopg, and says what it saw: reads runs as JSON from stdin, writes their answers as JSON to stdout.

A run is {"url", "binary", "setup", "cases": [{"name", "writes", "steps": [{"sql", "parameters"}]}]}; its answers are, for each
case, a list of {"fields", "rows", "count"}, or {"error"}; and after them what it saw of "emails", a query, by COPY, by a cursor of
the server's, in a pipeline and when executed often. Values are told by repr(), which tells their types too."""

import json
import re
import sys

import psycopg


def ask(connection, step, binary):
    text, parameters = step["sql"], step.get("parameters") or []
    arguments = None
    if parameters:
        text = re.sub(r"\$(\d+)", r"%(p\1)s", text.replace("%", "%%"))
        arguments = {f"p{n}": value for n, value in enumerate(parameters, 1)}
    with connection.cursor(binary=binary) as cursor:
        cursor.execute(text, arguments)
        fields = [[column.name, column.type_code] for column in cursor.description or []]
        rows = [[None if value is None else repr(value) for value in row] for row in cursor.fetchall()] if fields else []
        return {"fields": fields, "rows": rows, "count": cursor.rowcount}


def play(connection, case, binary):
    answers = []
    try:
        if case["writes"]:
            connection.execute("BEGIN")
        for step in case["steps"]:
            answers.append(ask(connection, step, binary))
    except psycopg.Error as error:
        answers.append({"error": f"{error.sqlstate}: {error}"})
    finally:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
    return answers


def talk(connection, emails, binary):
    saw = []
    with connection.cursor() as cursor, cursor.copy(f"COPY ({emails} ORDER BY id) TO STDOUT") as copy:
        saw.append([repr(row) for row in copy.rows()])
    with connection.transaction(force_rollback=True):
        with connection.cursor() as cursor:
            with cursor.copy("COPY customers (id, name, email) FROM STDIN") as copy:
                for n in range(2000, 2100):
                    copy.write_row((n, f"Name {n}", f"copied{n}@host.example.org"))
            cursor.executemany("UPDATE customers SET email = %s WHERE id = %s", [(f"many{n}@host.example.org", n) for n in range(2000, 2010)])
            saw.append([cursor.rowcount, connection.execute("SELECT count(*) FROM customers WHERE id >= 2000").fetchone()])
        with connection.cursor("named") as cursor:
            cursor.execute(f"{emails} ORDER BY id")
            saw.append([repr(cursor.fetchmany(5)), repr(cursor.fetchone()), repr(cursor.fetchall())])
    for n in range(12):
        saw.append(repr(connection.execute(f"{emails} WHERE id = %s", (n,), binary=binary).fetchall()))
    with connection.pipeline():
        cursors = [connection.execute(f"{emails} WHERE id = %s", (n,)) for n in range(5)]
    saw.append([repr(cursor.fetchall()) for cursor in cursors])
    return saw


def run(asked):
    with psycopg.connect(asked["url"], autocommit=True) as connection:
        connection.execute(asked["setup"])
        answers = [play(connection, case, asked["binary"]) for case in asked["cases"]]
        return {"answers": answers, "saw": talk(connection, asked["emails"], asked["binary"])}


json.dump([run(asked) for asked in json.load(sys.stdin)], sys.stdout)
