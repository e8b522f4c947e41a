// What an approver gives of a grant, from the console's form.
import { expect, test } from "vitest";
import { lessIn } from "../../../worker/console/text/less.ts";

const given = (form: string): unknown => lessIn(new URLSearchParams(form));

test("what is left out is as it was asked for, and none of the relations is not all of them", () => {
  expect(given("verdict=approve&duration=")).toEqual({});
  expect(given("duration=10min")).toEqual({ duration: "10min" });
  expect(given("of_relations=some&relation=public.a&relation=public.b")).toEqual({
    relations: ["public.a", "public.b"],
  });
  expect(given("of_relations=some")).toEqual({ relations: [] });
});
