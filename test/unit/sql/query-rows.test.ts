// Rows as values: whole rows, fields, functional notation, functions in FROM and tables made of documents.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("a whole row reads and shows all of its columns", () => {
  holds("SELECT people FROM people", {
    accesses: ["select people(*)"],
    output: ["people ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT p FROM people p", {
    accesses: ["select people(*)"],
    output: ["p ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT p::text FROM people p", {
    accesses: ["select people(*)"],
    output: ["p ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT md5(p::text) FROM people p", {
    accesses: ["select people(*)"],
    output: ["md5 ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["md5(?)"],
  });
  holds("SELECT to_json(p) FROM people p", {
    accesses: ["select people(*)"],
    output: ["to_json ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["to_json(?)"],
  });
  holds("SELECT json_agg(p) FROM people p", {
    accesses: ["select people(*)"],
    output: ["json_agg ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["json_agg(?)"],
  });
  holds("SELECT count(p) FROM people p", {
    accesses: ["select people(*)"],
    output: ["count ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["count(?)"],
  });
  holds("SELECT count(p.*) FROM people p", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: ["count ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["count(?)"],
  });
  holds("SELECT min(p) FROM people p", {
    accesses: ["select people(*)"],
    output: ["min ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["min(?)"],
  });
  holds("SELECT p IS NULL FROM people p", {
    accesses: ["select people(*)"],
    output: ["?column? ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT row(p.*) FROM people p", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: ["row ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT people FROM people, docs", {
    accesses: ["select people(*)", "select docs()"],
    output: ["people ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT row_to_json(x) FROM (SELECT name, ssn FROM people) x", {
    accesses: ["select people(name, ssn)"],
    output: ["row_to_json ~ people.name + people.ssn"],
    calls: ["row_to_json(?)"],
  });
  holds("SELECT x FROM (SELECT name, ssn FROM people) x", {
    accesses: ["select people(name, ssn)"],
    output: ["x ~ people.name + people.ssn"],
  });
  holds("SELECT x.name FROM (SELECT p.* FROM people p) x", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: ["name = people.name"],
  });
});

describe("a field reads itself", () => {
  holds("SELECT (people).ssn FROM people", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT (s.x).ssn FROM (SELECT p AS x FROM people p) s", {
    accesses: ["select people(*)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT (x).ssn FROM (SELECT p AS x FROM people p) s", {
    accesses: ["select people(*)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT s.x FROM (SELECT row(1,ssn) AS x FROM people) s", {
    accesses: ["select people(ssn)"],
    output: ["x ~ people.ssn"],
    literals: ["1 -> people.ssn"],
  });
  holds("SELECT (s.x).f2 FROM (SELECT row(1,ssn) AS x FROM people) s", {
    accesses: ["select people(ssn)"],
    output: ["f2 = people.ssn"],
    literals: ["1 -> people.ssn"],
  });
  holds("SELECT (d.owner).name FROM docs d", {
    accesses: ["select docs(owner)"],
    output: ["name ~ docs.owner"],
  });
  holds("SELECT (d.owner).* FROM docs d", {
    accesses: ["select docs(owner)"],
    output: [
      "id ~ docs.owner",
      "name ~ docs.owner",
      "ssn ~ docs.owner",
      "email ~ docs.owner",
      "boss ~ docs.owner",
    ],
  });
  holds("SELECT owner FROM docs", { accesses: ["select docs(owner)"], output: ["owner = docs.owner"] });
  holds("SELECT (pairs(1)).a, (pairs(1)).*", {
    output: ["a", "a", "b"],
    calls: ["pairs(1)"],
    literals: ["1", "1"],
  });
  holds("SELECT (jsonb_each(body)).key FROM docs", {
    accesses: ["select docs(body)"],
    output: ["key ~ docs.body"],
    calls: ["jsonb_each(?)"],
  });
});

describe("a name after a row may be a function, and a function of a row may be a field", () => {
  holds("SELECT p.full_name FROM people p", {
    accesses: ["select people(*)"],
    output: ["full_name ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["full_name(?)"],
  });
  holds("SELECT (p).full_name FROM people p", {
    accesses: ["select people(*)"],
    output: ["full_name ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["full_name(?)"],
  });
  holds("SELECT full_name(people) FROM people", {
    accesses: ["select people(*)"],
    output: ["full_name ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["full_name(?)"],
  });
  holds("SELECT public.full_name(p) FROM public.people p", {
    accesses: ["select people(*)"],
    output: ["full_name ~ people.boss + people.email + people.id + people.name + people.ssn"],
    calls: ["full_name(?)"],
  });
  holds("SELECT ssn(people) FROM people", { accesses: ["select people(*)"], output: ["ssn = people.ssn"] });
  holds("SELECT f.wipe FROM people f", {
    accesses: ["select people()"],
    output: ["wipe"],
    unknown: ["42703 column f.wipe does not exist @8"],
  });
  holds("SELECT (f).wipe FROM people f", {
    accesses: ["select people(*)"],
    output: ["wipe ~ people.boss + people.email + people.id + people.name + people.ssn"],
  });
  holds("SELECT (p.name).first FROM people p", {
    accesses: ["select people(name)"],
    output: ["first ~ people.name"],
  });
});

describe("functions in FROM give columns by their results", () => {
  holds("SELECT * FROM generate_series(1, 3) g", {
    output: ["g"],
    calls: ["generate_series(1, 3)"],
    literals: ["1", "3"],
  });
  holds("SELECT g FROM generate_series(1, 3) g", {
    output: ["g"],
    calls: ["generate_series(1, 3)"],
    literals: ["1", "3"],
  });
  holds("SELECT g.x FROM generate_series(1, 3) AS g(x)", {
    output: ["x"],
    calls: ["generate_series(1, 3)"],
    literals: ["1", "3"],
  });
  holds("SELECT generate_series FROM generate_series(1, 3)", {
    output: ["generate_series"],
    calls: ["generate_series(1, 3)"],
    literals: ["1", "3"],
  });
  holds("SELECT * FROM generate_series(1, 3) WITH ORDINALITY", {
    output: ["generate_series", "ordinality"],
    calls: ["generate_series(1, 3)"],
    literals: ["1", "3"],
  });
  holds("SELECT * FROM pairs(3)", { output: ["a", "b"], calls: ["pairs(3)"], literals: ["3"] });
  holds("SELECT p.a FROM pairs(3) p", { output: ["a"], calls: ["pairs(3)"], literals: ["3"] });
  holds("SELECT * FROM ROWS FROM (pairs(3), generate_series(1,2)) WITH ORDINALITY AS r(x, y, z, n)", {
    output: ["x", "y", "z", "n"],
    calls: ["pairs(3)", "generate_series(1, 2)"],
    literals: ["3", "1", "2"],
  });
  holds("SELECT * FROM anything() AS t(a int, b text)", { output: ["a", "b"], calls: ["anything()"] });
  holds("SELECT a, t.b FROM anything() AS t(a int, b text)", { output: ["a", "b"], calls: ["anything()"] });
  holds("SELECT * FROM anything() x", { output: null, calls: ["anything()"] });
  holds("SELECT x.wipe FROM anything() x", { output: ["wipe"], calls: ["anything()"] });
  holds("SELECT x.b, (x.b).ssn FROM json_to_recordset('[]') AS x(a int, b people)", {
    output: ["b", "ssn"],
    calls: ["json_to_recordset([])"],
    literals: ["'[]'"],
  });
  holds("SELECT * FROM json_populate_record(NULL::people, '{}')", {
    output: ["id", "name", "ssn", "email", "boss"],
    calls: ["json_populate_record(?, {})"],
    literals: ["'{}'"],
  });
  holds("SELECT r.ssn FROM json_populate_record(NULL::people, '{}') r", {
    output: ["ssn"],
    calls: ["json_populate_record(?, {})"],
    literals: ["'{}'"],
  });
  holds("SELECT e FROM docs, jsonb_array_elements(docs.body) e", {
    accesses: ["select docs(body)"],
    output: ["e ~ docs.body"],
    calls: ["jsonb_array_elements(?)"],
  });
  holds("SELECT e.value, key FROM docs d, jsonb_array_elements(d.body) e, jsonb_each(e.value)", {
    accesses: ["select docs(body)"],
    output: ["value ~ docs.body", "key ~ docs.body"],
    calls: ["jsonb_array_elements(?)", "jsonb_each(?)"],
  });
  holds("SELECT * FROM unnest(ARRAY[1,2]) u", { output: ["u"], calls: ["unnest(?)"], literals: ["1", "2"] });
  holds("SELECT * FROM unnest($1::text[]) u", { output: ["u"], calls: ["unnest(?)"] });
  holds("SELECT * FROM unnest($1) u", { output: null, calls: ["unnest(?)"] });
  holds("SELECT u FROM docs, unnest(docs.tags) u", {
    accesses: ["select docs(tags)"],
    output: ["u ~ docs.tags"],
    calls: ["unnest(?)"],
  });
  holds("SELECT * FROM unnest('{1,2}'::int[], ARRAY['a','b']) AS t(a, b)", {
    output: ["a", "b"],
    calls: ["unnest({1,2})", "unnest(?)"],
    literals: ["'{1,2}'", "'a'", "'b'"],
  });
  holds("SELECT * FROM dblink('x', 'y') AS t(a int)", {
    output: ["a"],
    calls: ["dblink(x, y)"],
    literals: ["'x'", "'y'"],
  });
  holds("SELECT * FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (1)", {
    accesses: ["select orders(id, note, person, total)"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
    calls: ["bernoulli()"],
    literals: ["10", "1"],
  });
});

describe("tables made of documents show the document", () => {
  holds(
    "SELECT x.* FROM docs, XMLTABLE('/a' PASSING docs.page COLUMNS n FOR ORDINALITY, t text PATH 't' DEFAULT 'none') x",
    {
      accesses: ["select docs(page)"],
      output: ["n ~ docs.page", "t ~ docs.page"],
      literals: ["'/a' -> docs.page", "'t' -> docs.page", "'none' -> docs.page"],
    },
  );
  holds(
    "SELECT jt.* FROM docs, JSON_TABLE(docs.body, '$[*]' PASSING docs.id AS i COLUMNS (a int PATH '$.a', NESTED PATH '$.b[*]' COLUMNS (b text PATH '$'), o FOR ORDINALITY)) jt",
    {
      accesses: ["select docs(body, id)"],
      output: ["a ~ docs.body + docs.id", "o ~ docs.body + docs.id", "b ~ docs.body + docs.id"],
      literals: [
        "'$[*]' -> docs.body + docs.id",
        "'$.a' -> docs.body + docs.id",
        "'$.b[*]' -> docs.body + docs.id",
        "'$' -> docs.body + docs.id",
      ],
    },
  );
  holds(
    "SELECT JSON_VALUE(body, '$.a' RETURNING int DEFAULT 1 ON ERROR), JSON_EXISTS(body, '$.b'), JSON_QUERY(body, '$') FROM docs",
    {
      accesses: ["select docs(body)"],
      output: ["json_value ~ docs.body", "json_exists ~ docs.body", "json_query ~ docs.body"],
      literals: ["'$.a' -> docs.body", "1 -> docs.body", "'$.b' -> docs.body", "'$' -> docs.body"],
    },
  );
  holds(
    "SELECT JSON_OBJECT('a': ssn, 'b': 1), JSON_ARRAY(ssn, 2), JSON_ARRAY(SELECT name FROM people) FROM people",
    {
      accesses: ["select people(ssn)", "select people(name)"],
      output: ["json_object ~ people.ssn", "json_array ~ people.ssn", "json_array ~ people.name"],
      literals: ["'a' -> people.ssn", "'b' -> people.ssn", "1 -> people.ssn", "2 -> people.ssn"],
    },
  );
  holds("SELECT JSON_OBJECTAGG(name: ssn), JSON_ARRAYAGG(ssn ORDER BY id) FROM people", {
    accesses: ["select people(id, name, ssn)"],
    output: ["json_objectagg ~ people.name + people.ssn", "json_arrayagg ~ people.id + people.ssn"],
  });
  holds("SELECT ssn IS JSON, JSON('{}'), JSON_SCALAR(1), JSON_SERIALIZE('{}') FROM people", {
    accesses: ["select people(ssn)"],
    output: ["?column? ~ people.ssn", "json", "json_scalar", "json_serialize"],
    literals: ["'{}'", "1", "'{}'"],
  });
  holds(
    "SELECT xmlelement(name x, xmlattributes(ssn AS s), name), xmlforest(ssn), xmlserialize(content page AS text), page IS DOCUMENT FROM people, docs",
    {
      accesses: ["select people(name, ssn)", "select docs(page)"],
      output: [
        "xmlelement ~ people.name + people.ssn",
        "xmlforest ~ people.ssn",
        "xmlserialize ~ docs.page",
        "?column? ~ docs.page",
      ],
    },
  );
});
