import { securityHeaders } from "../request-guard.ts";

/** The headers of the page with the form. Its own server alone gets the form, and is told from where it comes. */
export const loginHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": String(securityHeaders["content-security-policy"]).replace(
    "form-action 'none'",
    "form-action 'self'",
  ),
  "referrer-policy": "same-origin",
  "content-type": "text/html; charset=utf-8",
};

export const loginStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
label, input { display: block; width: 100%; box-sizing: border-box }
input, button { font: inherit; padding: 0.5rem; margin: 0.25rem 0 1rem }
[role="alert"] { border-left: 4px solid; padding-left: 0.75rem; font-weight: 600 }
`;

interface LoginWords {
  readonly audience: string;
  /** Why the last try failed. */
  readonly fault?: string | undefined;
  /** The name of whoever has logged in already. */
  readonly user?: string | undefined;
}

/** The page that asks for a token. It has no script. */
export function loginPage({ audience, fault, user }: LoginWords): string {
  const told = fault === undefined ? "" : `<p role="alert">${escapeMarkup(fault)}</p>`;
  const out =
    user === undefined
      ? ""
      : `<form method="post" action="/logout"><p>You are ${escapeMarkup(user)}. <a href="/">See the page</a></p><button>Log out</button></form>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in · ovn4nfv</title><link rel="stylesheet" href="/login.css"></head>
<body><main>
<h1>ovn4nfv</h1>
${told}${out}
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus>
<button>Log in</button>
</form>
<p>You see what you may list in the cluster. A token for this page alone is made by</p>
<pre>kubectl create token NAME --audience ${escapeMarkup(audience)}</pre>
</main></body>
</html>
`;
}

const markup: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (char) => markup[char] ?? "");
}
