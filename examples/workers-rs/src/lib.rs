//! A Cloudflare Worker in Rust that refines web text: the crate `prox-wasm` in place of the npm package.
//!
//! `POST /refine` takes text or HTML (`content-type: text/html`) and answers with JSON: `text`, `kept`, `program`, `edits`.

use std::cell::OnceCell;

use prox_wasm::html::html_to_text;
use prox_wasm::refiner::{RefineOptions, Refiner};
use worker::{Context, Env, Headers, Method, Request, Response, Result, event};

/// Longest body that is read, in bytes: what an isolate of 128 MB refines well within its limits.
const MAX_BODY_BYTES: usize = 1 << 20;

/// 4 MB of the worker's code, so that there is nothing to fetch. An isolate keeps it from the first request on.
static MODEL: &[u8] = include_bytes!("../../../models/prox-nano.gguf");

thread_local! {
    static REFINER: OnceCell<Refiner> = const { OnceCell::new() };
}

fn refiner() -> std::result::Result<Refiner, String> {
    REFINER.with(|cell| match cell.get() {
        Some(refiner) => Ok(refiner.clone()),
        None => {
            let refiner = Refiner::from_bytes(MODEL.to_vec()).map_err(|error| error.to_string())?;
            Ok(cell.get_or_init(|| refiner).clone())
        }
    })
}

#[event(fetch)]
async fn fetch(request: Request, _env: Env, _context: Context) -> Result<Response> {
    match request.path().as_str() {
        "/healthz" => answer(200, &serde_json::json!({ "ok": true })),
        "/refine" if request.method() == Method::Post => refine(request).await,
        "/refine" => error(405, "method", "POST a text or an HTML page"),
        _ => error(404, "not-found", "there are POST /refine and GET /healthz"),
    }
}

async fn refine(mut request: Request) -> Result<Response> {
    let is_html = request.headers().get("content-type")?.is_some_and(|kind| kind.starts_with("text/html"));
    let bytes = request.bytes().await?;
    if bytes.len() > MAX_BODY_BYTES {
        return error(413, "too-large", &format!("the body has {} bytes, {MAX_BODY_BYTES} are allowed", bytes.len()));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) if is_html => html_to_text(&text),
        Ok(text) => text,
        Err(bad) => {
            let at = bad.utf8_error().valid_up_to();
            return error(400, "invalid-utf8", &format!("the body is not UTF-8 at byte {at}"));
        }
    };
    let refined = refiner().and_then(|refiner| refiner.refine(&text, RefineOptions::default()).map_err(|e| e.to_string()));
    match refined {
        Ok(refined) => answer(
            200,
            &serde_json::json!({
                "text": refined.text,
                "kept": refined.kept,
                "program": refined.program,
                "edits": refined.edits,
            }),
        ),
        Err(message) => error(500, "refine", &message),
    }
}

fn error(status: u16, code: &str, message: &str) -> Result<Response> {
    answer(status, &serde_json::json!({ "error": { "code": code, "message": message } }))
}

fn answer(status: u16, body: &serde_json::Value) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    Ok(Response::ok(body.to_string())?.with_status(status).with_headers(headers))
}
