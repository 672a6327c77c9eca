import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type AdmissionEntry, admissionRoute, type RouteParts } from "./admission-route.ts";
import { printRejection, type Rejection, rejections, writeJson } from "./rejections.ts";

/**
 * Makes the express application of the admission port: one POST route for each entry, and an error in JSON for everything
 * else. The route reads and parses the body once, and no middleware of express sees it.
 */
export function createAdmissionApp(entries: readonly AdmissionEntry[], parts: RouteParts): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  for (const entry of entries) {
    app.post(entry.path, admissionRoute(entry, parts));
    app.all(entry.path, (_request, response) => {
      response.setHeader("allow", "POST");
      answer(response, "WrongMethod");
    });
  }
  app.use((_request, response) => {
    answer(response, "UnknownPath");
  });
  // Express knows an error handler by its four parameters. It throws for a bad URL by itself. The rejection of a route would come here as
  // well, but a route answers what it fails in.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    parts.logger.warn({ err: error }, "request failed outside of a review");
    if (response.headersSent) response.destroy();
    else answer(response, "UnknownPath");
  });
  return app;
}

function answer(response: Response, rejection: Rejection): void {
  writeJson(response, rejections[rejection].status, printRejection(rejection));
}
