//! What wasm-bindgen writes beside a wasm file, made smaller, and once more as a function.

use anyhow::{Context, Result, bail};

/// Takes documentation, blank lines and indentation out of the glue; the types beside it have the documentation.
pub fn small(source: &str) -> String {
    // a template of several lines would lose what is its own
    let indents = source.lines().any(|line| line.matches('`').count() % 2 == 1);
    let mut in_comment = false;
    let mut code = String::with_capacity(source.len());
    for line in source.lines() {
        in_comment |= line.trim_start().starts_with("/**");
        let kept = if indents { line } else { line.trim_start() };
        if !in_comment && (indents || !kept.is_empty()) {
            code.push_str(kept);
            code.push('\n');
        }
        in_comment &= !line.trim_end().ends_with("*/");
    }
    code
}

/// What starts an instance from bytes or a URL: edge runtimes forbid compiling, and their guards look for its name.
const LOADING: &str = "\nasync function __wbg_load(";

/// The glue as a function `instantiate(module)`. The file wasm-bindgen writes keeps one instance in its global state for
/// good; here each instance has its own, so that one that trapped can be thrown away. There are no finalizers: they would
/// call into instances that trapped, and what the package takes it gives back.
pub fn instance(glue: &str, wasm_name: &str) -> Result<String> {
    let (body, _) = glue.split_once(LOADING).with_context(|| format!("no {LOADING:?} in the glue of {wasm_name}"))?;
    let mut names = vec!["memory: wasm.memory".to_owned()];
    let mut code = String::new();
    for line in body.lines() {
        let Some(exported) = line.strip_prefix("export ") else {
            if line.starts_with("import ") {
                bail!("the glue of {wasm_name} imports something: {line}");
            }
            if !line.starts_with("/*") {
                code.push_str(line);
                code.push('\n');
            }
            continue;
        };
        let name = exported
            .strip_prefix("class ")
            .or_else(|| exported.strip_prefix("function "))
            .and_then(|rest| rest.split(|c: char| !(c.is_alphanumeric() || "_$".contains(c))).next())
            .with_context(|| format!("the glue of {wasm_name} exports something unknown: {exported}"))?;
        names.push(name.to_owned());
        code.push_str(exported);
        code.push('\n');
    }
    Ok(format!(
        "/* @ts-self-types=\"./{wasm_name}_instance.d.ts\" */\n\
        export function instantiate(module) {{\n\
        const FinalizationRegistry = undefined;\n\
        {code}\n\
        __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);\n\
        return {{ {} }};\n\
        }}\n",
        names.join(", ")
    ))
}

/// The types of [`instance`].
pub fn instance_types(wasm_name: &str) -> String {
    format!(
        "/** What an instance gives. */\n\
        export type Exports = Omit<typeof import('./{wasm_name}.js'), 'default' | 'initSync'>;\n\n\
        /** Makes an instance of its own. */\n\
        export function instantiate(module: WebAssembly.Module): Exports & {{ readonly memory: WebAssembly.Memory }};\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{instance, small};

    const GLUE: &str = "/* types */\n\n/**\n * A model.\n */\nexport class LineModel {\n    free() {}\n}\n\nexport function execute(text) {\n    \
        return wasm.execute(text);\n}\n\nlet wasm;\nfunction helper() {}\n\nasync function __wbg_load(module) {\n    \
        return WebAssembly.instantiate(module);\n}\n\nexport { initSync, __wbg_init as default };\n";

    #[test]
    fn each_instance_has_its_own_state() {
        let code = instance(&small(GLUE), "prox_wasm").unwrap();
        assert!(code.contains("return { memory: wasm.memory, LineModel, execute };"), "{code}");
        assert_eq!(code.matches("export ").count(), 1, "{code}");
        assert!(code.find("export function instantiate(module) {").unwrap() < code.find("let wasm;").unwrap());
        assert!(!code.contains("WebAssembly.instantiate"), "{code}");
        assert!(code.contains("function helper() {}"));
        assert!(!code.contains("A model."));
    }

    #[test]
    fn templates_of_several_lines_stay_as_they_are() {
        assert_eq!(small("/**\n * A model.\n */\nlet a = {\n\n    b: `c`,\n};\n"), "let a = {\nb: `c`,\n};\n");
        let template = "let a = `\n\n    b`;\n";
        assert_eq!(small(template), template);
    }

    #[test]
    fn unknown_glue_is_refused() {
        assert!(instance("export class A {}\n", "x").is_err());
        assert!(instance(&format!("import a from 'b';\n{GLUE}"), "x").is_err());
        assert!(instance(&format!("export const a = 1;\n{GLUE}"), "x").is_err());
    }
}
