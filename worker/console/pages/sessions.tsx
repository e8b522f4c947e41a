// Sessions, newest first, as the search API finds them; those that are live go on by themselves (client/sessions.ts).

import type { Activity } from "../../insight/items.ts";
import type { SessionItem } from "../../records/items.ts";
import type { Page } from "../../records/listing.ts";
import type { Api } from "../api.ts";
import { asked, Filters } from "../components/filters.tsx";
import { Layout } from "../components/layout.tsx";
import { Pager } from "../components/pager.tsx";
import { SessionRows } from "../components/session-rows.tsx";
import type { ConsoleContext } from "../env.ts";
import { page, problemPage } from "./page.tsx";

const PATH = "/console/sessions";

export async function sessionsPage(c: ConsoleContext, api: Api): Promise<Response> {
  const query = asked(c.req.url);
  const found = await api.get<Page<SessionItem>>("/sessions", query);
  if (!found.ok) return problemPage(c, PATH, found.error);
  const sessions = found.value.data;
  const activity = await activityOf(api, sessions);
  const empty = sessions.length === 0 && found.value.next_cursor === null;
  const filtered = [...query.keys()].some((name) => name !== "cursor");
  return page(
    c,
    <Layout title="Sessions" at={PATH} signedIn={c.get("signedIn")} scripts={["sessions"]} wide>
      <h1>Sessions</h1>
      <Filters action={PATH} given={query} />
      {empty ? (
        <div class="empty" id="sessions-none">
          <p>{filtered ? "No session has what you look for." : "No agent has connected yet."}</p>
          <p class="note">
            {filtered
              ? "All filters have to be true of one and the same statement of a session."
              : "A session appears here a moment after an agent has opened it, and stays."}
          </p>
        </div>
      ) : null}
      {/* There from the start: the first session comes into it. */}
      <p class="note live-note" role="status" id="live-note"></p>
      <div id="sessions-found" hidden={empty}>
        <table class="list sessions">
          <thead>
            <tr>
              <th scope="col">Started (UTC)</th>
              <th scope="col">Who</th>
              <th scope="col">Target</th>
              <th scope="col" class="number">
                Statements
              </th>
              <th scope="col" class="number">
                Refused
              </th>
              <th scope="col" class="number">
                Held
              </th>
              <th scope="col" class="number">
                Errors
              </th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="number">
                Lasted
              </th>
              <th scope="col">Activity</th>
            </tr>
          </thead>
          <tbody id="sessions" data-query={query.toString()}>
            <SessionRows sessions={sessions} activity={activity} now={Date.now()} />
          </tbody>
        </table>
        <Pager
          path={PATH}
          query={query}
          next={found.value.next_cursor}
          shown={sessions.length}
          what="session"
        />
      </div>
    </Layout>,
  );
}

async function activityOf(api: Api, sessions: readonly SessionItem[]): Promise<readonly Activity[]> {
  if (sessions.length === 0) return [];
  const query = new URLSearchParams({ sessions: sessions.map(({ id }) => id).join(",") });
  const found = await api.get<{ data: Activity[] }>("/activity", query);
  return found.ok ? found.value.data : [];
}
