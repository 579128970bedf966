"""Code blocks and formulas inside articles, which the train pages hardly have. Code comes from kept lines of documentation and forum
pages and from small grammars written for this purpose; formulas from grammars alone."""

import numpy as np

from ..features import IX

NAMES = """count total items user name index value key data result node tree path config buffer offset length matrix vector weight score limit
queue cache table row col item list map state error message request response token parser writer reader left right start end size width
height scale rate time delta source target handler client server session""".split()
FUNCTIONS = "load save parse build update find insert remove merge sort filter reduce encode decode open close read write init run step".split()
TYPES = "int float String bool Vec<u8> double long char[] usize List<String> Option<T> size_t number string Map[K,V]".split()
LETTERS = "a b c d k m n p q r s t u v w x y z A B M N P Q R S T X Y".split()
GREEK = r"\alpha \beta \gamma \delta \epsilon \lambda \mu \sigma \theta \phi \omega \pi \Omega \Sigma \Lambda".split()
PLAIN_GREEK = "α β γ δ ε λ μ σ θ φ ω π Ω Σ Λ".split()

CODE = {
    "python": ["def {f}_{a}({a}, {b}={d}):", "    return {a} + {b}", "for {a} in range({d}):", "    if {a} % {d} == 0:", "        {b}.append({a})", "import {a}", "from {a} import {b}",
               "with open({a}, 'rb') as f:", "    {b} = json.load(f)", "print(f\"{{{a}}}: {{{b}:.2f}}\")", ">>> {f}({a}={d})", "{a} = [{b} ** 2 for {b} in {c}]", "class {A}(Base):",
               "    self.{a} = {b}", "raise ValueError('{a}')", "# {f} the {a} first", "@property", "assert {a} == {d}", "try:", "except KeyError as e:", "    pass", "else:", "return None"],
    "rust": ["fn {f}({a}: &str) -> Result<{T}, Error> {{", "let mut {a} = Vec::new();", "    {a}.push({b});", "match {a} {{", "    Some({b}) => {b},", "    None => return Err(Error::{A}),", "}}",
             "impl {A} for {B} {{", "pub struct {A}<'a> {{", "    {a}: {T},", "use std::{{fs, io}};", "#[derive(Debug, Clone)]", "println!(\"{{}}\", {a});", "let {a} = {b}.iter().map(|x| x * {d}).sum();"],
    "go": ["func {f}({a} {T}) error {{", "\tif err != nil {{", "\t\treturn err", "\t}}", "{a} := make([]byte, {d})", "for i, {a} := range {b} {{", "package {a}", "import \"fmt\"",
           "fmt.Println({a}, {b})", "type {A} struct {{", "\t{A} {T} `json:\"{a}\"`", "defer {a}.Close()", "go {f}({a})", "}}", "ch <- {a}", "return {a}, nil"],
    "c": ["#include <{a}.h>", "int {f}(const char *{a}, size_t n) {{", "    for (int i = 0; i < n; i++) {{", "        {a}[i] = {b}[i] & 0x{d};", "    }}", "return {a} ? {b} : -1;", "#define {U} {d}",
          "printf(\"%d\\n\", {a});", "free({a});", "struct {a} {{ int {b}; double {c}; }};", "std::vector<{T}> {a};", "auto {a} = {b}->{c}();", "template <typename T>", "}}"],
    "javascript": ["const {a} = await {f}({b});", "function {f}({a}, {b}) {{", "  return {a}.map((x) => x + {d});", "}});", "export default {A};", "import {{ {A} }} from './{a}.js';", "let {a} = {{}};",
                   "if (!{a}) throw new Error('{b}');", "document.querySelector('#{a}').textContent = {b};", "{a}.addEventListener('click', () => {f}({b}));", "console.log({a});", "interface {A} {{",
                   "  {a}?: {T};", "type {A} = Record<string, {B}>;", "}}", "<{A} {a}={{{b}}} onClick={{{f}}} />", "return ("],
    "java": ["public static void main(String[] args) {{", "private final {A} {a};", "System.out.println({a}.{f}());", "@Override", "public {A}({T} {a}) {{", "    this.{a} = {a};", "}}", "import java.util.{A};",
             "for ({A} {a} : {b}) {{", "throw new IllegalStateException(\"{a}\");", "catch (IOException e) {{", "List<{A}> {a} = new ArrayList<>();"],
    "sql": ["SELECT {a}, COUNT(*) FROM {b}", "WHERE {a} > {d} AND {b} IS NOT NULL", "GROUP BY {a}", "ORDER BY {b} DESC LIMIT {d};", "INSERT INTO {a} ({b}, {c}) VALUES ('{a}', {d});",
            "CREATE TABLE {a} (", "  {b} INTEGER PRIMARY KEY,", "  {c} TEXT NOT NULL", ");", "JOIN {a} ON {a}.id = {b}.{a}_id", "UPDATE {a} SET {b} = {d} WHERE id = {d};", "EXPLAIN ANALYZE SELECT * FROM {a};"],
    "shell": ["$ {f} --{a}={d} {b}.txt", "sudo apt-get install {a}-{b}", "export {U}=\"{a}\"", "cd {a}/{b} && make -j{d}", "git commit -m \"{f} {a}\"", "cat {a}.log | grep -v {b} | sort | uniq -c", "chmod +x {a}.sh",
              "curl -s https://localhost:{d}/{a} | jq '.{b}'", "docker run -p {d}:{d} {a}/{b}", "# systemctl restart {a}", "for f in *.{a}; do echo $f; done", "npm install {a}", "C:\\> {f} /{a}", "~ % ls -la {a}"],
    "config": ["{a}:", "  {b}: {d}", "  - {c}", "[{a}]", "{b} = \"{c}\"", "{U}={d}", "server {{ listen {d}; }}", "<{a} {b}=\"{c}\">{d}</{a}>", "<{A}>", "</{A}>", "\"{a}\": {{ \"{b}\": {d} }},", "{{", "}},",
               "location /{a} {{ proxy_pass http://{b}; }}", "{a}.{b}.{c}={d}", "enabled: true", "version: \"{d}.{d}\"", "apiVersion: v{d}", "kind: {A}"],
    "css": [".{a} {{ {b}: {d}px; }}", "#{a} > .{b}:hover {{", "  color: #{d}f{d}a;", "  margin: 0 auto;", "}}", "@media (max-width: {d}px) {{", "display: flex;"],
    "trace": ["Traceback (most recent call last):", "  File \"{a}.py\", line {d}, in {f}", "{A}Error: {a} is not {b}", "Exception in thread \"main\" java.lang.NullPointerException", "    at com.{a}.{A}.{f}({A}.java:{d})",
              "thread 'main' panicked at src/{a}.rs:{d}:{d}:", "[{d}.{d}] {a}: {b} failed (code {d})", "Segmentation fault (core dumped)", "2024-0{e}-1{e} 1{e}:2{e}:3{e} ERROR {A} - {f} {a} failed", "panic: runtime error: index out of range [{d}]",
              "goroutine {d} [running]:", "Caused by: {A}Exception: {a}"],
    "diff": ["--- a/{a}/{b}.c", "+++ b/{a}/{b}.c", "@@ -{d},{e} +{d},{e} @@", "-    {a} = {b};", "+    {a} = {f}({b});", "     return {c};", "diff --git a/{a} b/{a}"],
    "lisp": ["(defun {f} ({a} {b})", "  (let (({a} {d}))", "    (cons {a} (cdr {b}))))", "{f} :: {A} -> {B} -> Maybe {A}", "{f} ({a}:{b}) = {a} : {f} {b}", "{a} |> {f} |> Enum.map(&(&1 * {d}))", "mov eax, [ebx+{d}]", "call {f}", "{f}({A}, {B}) :- {a}({A}), \\+ {b}({B})."],
}
LATEX = [
    r"\[ {x}^{{{d}}} + {y}^{{{d}}} = {z}^{{{d}}} \]", r"$$\sum_{{{n}=1}}^{{\infty}} \frac{{1}}{{{n}^{d}}} = \frac{{\pi^2}}{{{e}}}$$", r"\begin{{equation}}", r"\end{{equation}}", r"\begin{{align*}}", r"\end{{align*}}",
    r"{x} &= {y} + \frac{{{z}}}{{{g}}} \\", r"\int_{{{x}}}^{{{y}}} f({z})\,d{z} = F({y}) - F({x})", r"Let ${x} \in \mathbb{{R}}^{n}$ and suppose that $\|{x}\| \le {d}$.", r"$\nabla \times {X} = -\frac{{\partial {Y}}}{{\partial t}}$",
    r"Then \({g}_{{{n}}} \to {g2}\) as \({n} \to \infty\).", r"\documentclass{{article}}", r"\begin{{theorem}}[{X}]", r"\usepackage{{amsmath}}", r"\frac{{d{y}}}{{d{x}}} = {g} {y}(1 - {y})", r"\det(A - \lambda I) = 0",
    r"$$ \begin{{pmatrix}} {x} & {y} \\ {z} & {d} \end{{pmatrix}} $$", r"\lim_{{{n} \to \infty}} \left(1 + \frac{{1}}{{{n}}}\right)^{n} = e", r"where ${g}$ is the {w} and ${g2} > 0$.", r"\label{{eq:{w}}}",
]
PLAIN = [
    "{x}^2 + {y}^2 = {z}^2", "f({x}) = {d}{x}^3 - {e}{x} + {d}", "{x} = (-{y} ± √({y}² − 4{x}{z})) / 2{x}", "P({X} | {Y}) = P({Y} | {X}) P({X}) / P({Y})", "{p} = {d}.{e} × 10^-{d} m/s²", "∑ {x}_i {y}_i ≤ ‖{x}‖ ‖{y}‖",
    "Let {x} = {d}. Then {y} = {d}{x} − {e} = {d}, so {z} < {y}.", "∫ {x}² d{x} = {x}³/3 + C", "E[{X}] = {p}", "{X} ∪ ({Y} ∩ {z}) = ({X} ∪ {Y}) ∩ ({X} ∪ {z})", "det {X} ≠ 0", "{x} ≡ {d} (mod {e})", "(1)", "(ii)",
    "∀ {p} > 0 ∃ {x} > 0 : |{y} − {z}| < {x} ⟹ |f({y}) − f({z})| < {p}", "2 NaOH + H2SO4 → Na2SO4 + 2 H2O", "= {d}/{e}", "{x} + {y}", "d{y}/d{x} = {p}{y}", "sin² {p} + cos² {p} = 1", "n! / (k! (n − k)!)", "Q.E.D.",
    "{x} ( {y} ) = {p} {z} + {d} {{\\displaystyle {x}({y})={z}+{d}}}", "F = m a", "∎", "{x}₁ + {x}₂ + … + {x}ₙ = {d}", "Var ( {X} ) = E [ {X} 2 ] − E [ {X} ] 2 {{\\displaystyle \\operatorname {{Var}} ({X})}}", "a b c 1 0 {d} 0 1 {e}",
]


def real_blocks(pages):
    """Runs of kept lines that look like code, from pages where people show code."""
    out = []
    for p in pages:
        if p.meta["variant"] or p.meta.get("page_type") not in ("documentation", "forum"):
            continue
        code = p.keep & (p.page.base[:, IX["code"]] > 0.04)
        run = []
        for i in range(len(p.lines) + 1):
            if i < len(p.lines) and code[i]:
                run.append(p.lines[i])
            elif run:
                out.append(run[:14])
                run = []
    return out


def block(rng, pool):
    """Lines of one block."""
    pick = lambda words: str(words[int(rng.integers(len(words)))])
    kind = rng.random()
    if kind < 0.3 and pool:
        return list(pool[int(rng.integers(len(pool)))])
    if kind < 0.65:
        shapes = CODE[pick(list(CODE))]
        fields = lambda: dict(a=pick(NAMES), b=pick(NAMES), c=pick(NAMES), f=pick(FUNCTIONS), A=pick(NAMES).title(), B=pick(NAMES).title(), U=pick(NAMES).upper(), T=pick(TYPES),
                              d=int(rng.integers(2, 9999)) if rng.random() < 0.5 else int(rng.integers(2, 16)), e=int(rng.integers(1, 9)))
        start = int(rng.integers(len(shapes)))
        return [shapes[(start + k) % len(shapes) if rng.random() < 0.6 else int(rng.integers(len(shapes)))].format(**fields()).strip() for k in range(int(rng.integers(1, 13)))]
    shapes = LATEX if kind < 0.85 else PLAIN
    fields = lambda: dict(x=pick(LETTERS), y=pick(LETTERS), z=pick(LETTERS), n=pick("nkmij"), d=int(rng.integers(1, 20)), e=int(rng.integers(2, 90)), g=pick(GREEK), g2=pick(GREEK), p=pick(PLAIN_GREEK),
                          X=pick("ABCEFGHXYZ"), Y=pick("ABCEFGHXYZ"), w=pick(NAMES))
    return [pick(shapes).format(**fields()) for _ in range(int(rng.integers(1, 6)))]
