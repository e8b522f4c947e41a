// Asks the API as this page's sign-in. Where that has ended, the page says so once, and nothing else is asked.

/** As the API tells it (worker/problem.ts). */
interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export async function ask<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  try {
    const answer = await fetch(`/console/v1${path}`, signal === undefined ? {} : { signal });
    if (answer.status === 401) signedOut();
    const body: unknown = await answer.json();
    return answer.ok ? { ok: true, value: body as T } : { ok: false, problem: body as Problem };
  } catch {
    return {
      ok: false,
      problem: { status: 0, title: "No answer", detail: "The gateway did not answer, or broke off." },
    };
  }
}

function signedOut(): void {
  if (document.getElementById("signed-out") !== null) return;
  const note = document.createElement("p");
  note.id = "signed-out";
  note.className = "says held";
  note.setAttribute("role", "alert");
  const link = document.createElement("a");
  link.href = `/console/sign-in?${new URLSearchParams({ next: location.pathname + location.search }).toString()}`;
  link.textContent = "Sign in again";
  note.append("Your sign-in has ended. ", link);
  document.querySelector("main")?.prepend(note);
}
