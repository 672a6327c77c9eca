import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type AdmissionEntry, admissionRoute, type RouteParts } from "./admission-route.ts";
import { printRejection, type Rejection, rejections, writeJson } from "./rejections.ts";

/**
 * The express application of the admission port: one POST route for each entry, and JSON for everything else. The
 * bodies are read and parsed by the route, once, and no middleware of express sees them.
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
  // Four parameters are how express knows an error handler. What comes here was thrown by express itself (a bad URL).
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    parts.logger.warn({ err: error }, "request failed before its route");
    if (response.headersSent) response.destroy();
    else answer(response, "UnknownPath");
  });
  return app;
}

function answer(response: Response, rejection: Rejection): void {
  writeJson(response, rejections[rejection].status, printRejection(rejection));
}
