//! One small page for each rule of HTML to lines.

use prox_wasm::html::html_to_lines;

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (html, lines) in cases {
        assert_eq!(html_to_lines(html), *lines, "{html}");
    }
}

#[test]
fn lists_have_the_markers_a_reader_sees() {
    check(&[
        ("<ul><li>a<li>b</ul>", &["• a", "• b"]),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", &["1. a", "• b", "2. c"]),
        ("<ol start=4><li>a<li value=9>b<li>c</ol>", &["4. a", "9. b", "10. c"]),
        ("<ol start=x><li value=-2>a<li>b</ol>", &["-2. a", "-1. b"]),
        ("<ol start=2147483647><li>a<li>b</ol>", &["2147483647. a", "2147483647. b"]),
        ("<ol type=A><li>a</ol><ol reversed><li>b</ol><li>c", &["• a", "• b", "• c"]),
        ("<ol><li hidden>a<li>b</ol>", &["1. b"]),
        ("<ol><li><p>a<p>b<li><pre>  c\n  d</pre></ol>", &["1. a", "b", "2.   c", "  d"]),
    ]);
}

#[test]
fn the_marker_of_an_empty_item_goes_with_it() {
    check(&[
        ("<ul><li></li></ul>a", &["a"]),
        ("<ul><li></ul><p>a", &["a"]),
        ("<ul><li> &nbsp; </li><li>a</ul>b", &["• a", "b"]),
        ("<div><li></div>a", &["a"]),
        ("<ul><li><ul><li></ul></ul>a", &["a"]),
        ("<ul><li><img></li></ul><h2>a", &["a"]),
        ("<ul><li hidden>x</li></ul>a", &["a"]),
        ("<table><tr><td><li></td><td>a</table>", &["a"]),
    ]);
}

#[test]
fn what_is_hidden_ends_where_its_element_ends() {
    check(&[
        ("<div><p hidden>x</div>a", &["a"]),
        ("<div><p hidden>x<br>y<img>z</div>a", &["a"]),
        ("<div><span hidden>x</div>a", &["a"]),
        ("<section><div hidden><b>x</section>a", &["a"]),
        ("<ul><li hidden>x<li>a</ul>", &["• a"]),
        ("<dl><dt hidden>x<dd>a<dt>b</dl>", &["a", "b"]),
        ("<table><tr hidden><td>x<tr><td>a<td hidden>y<td>b</table>", &["a\tb"]),
        ("<table><caption hidden>x<tr><td>a</table>", &["a"]),
        ("<table><tbody hidden><tr><td>x<tbody><tr><td>a</table>", &["a"]),
        ("<div hidden><table><td></div>x</table></div>a", &["a"]),
        ("<div hidden><div>x</div>y</div>a", &["a"]),
        ("<span hidden>x<span>y</span>z</span>a", &["a"]),
        ("<a-b hidden>x<a-b>y</a-b>z<c-d></c-d></a-b>a", &["a"]),
        ("<i hidden>x<div></i>y</div>z</i>a", &["a"]),
        ("<div hidden>x", &[]),
        ("<div hidden/>x</div>a", &["a"]),
    ]);
}

#[test]
fn what_hides() {
    check(&[
        ("a<b style='display:none'>x</b>b", &["ab"]),
        ("a<div style='visibility: hidden'>x</div>b", &["a b"]),
        ("a<br hidden>b<img hidden>c<wbr hidden>d", &["a b cd"]),
        ("<body hidden style=display:none>a", &["a"]),
        ("<dialog>x</dialog><dialog open>a</dialog>", &["a"]),
        ("<details><summary>a</summary>b</details>", &["a", "b"]),
        ("<template><p>x</template><template shadowrootmode=open><p>a</template>", &["a"]),
        ("<noscript><p>x</noscript><noframes>x</noframes><noembed>x</noembed><iframe>x</iframe>a", &["a"]),
        ("<button>a</button><select><option>x</select><textarea><b>x</textarea><input value=x>b", &["a b"]),
        ("<select><optgroup label=x><option>x<input>a", &["a"]),
        ("<p>a<script>'</p>' < 1 <!-- x</script>b<style>x</style>c", &["abc"]),
        ("<script><!-- <script> </script> x --></script>a", &["a"]),
        ("a<!-- <p>x --!>b<![CDATA[x]]>c<?php x ?>d</ x>e<!x>f", &["abcdef"]),
    ]);
}

#[test]
fn drawings_have_their_own_tags() {
    check(&[
        ("<svg><title/><style/><script/><g>x</svg>a", &["a"]),
        ("<svg><![CDATA[</svg>x]]></svg>a", &["a"]),
        ("<svg><foreignObject><div><p>x</div></foreignObject>x</svg>a", &["a"]),
        ("<svg><path><p>a", &["a"]),
        ("<li><svg><use></li><li>a", &["• a"]),
        ("<div><svg></div>a", &["a"]),
        ("x<sup><math><mi>a</mi><annotation>y</annotation></math></sup>", &["xa"]),
    ]);
}

#[test]
fn the_head_ends_where_something_shows() {
    check(&[
        ("<head><title>x</title>a", &["a"]),
        ("<head><head><title>x</title></head><body>a", &["a"]),
        ("<head><meta><link><base><style>x</style><p>a", &["a"]),
        ("<head><template><p>x</template><p>a", &["a"]),
        ("<title>x</title>a</title>", &["a"]),
        ("<html><body>a</body></html>b", &["a", "b"]),
        ("<frameset><frame><noframes><p>x</noframes></frameset>", &[]),
        ("<title>never closed <p>x", &[]),
    ]);
}

#[test]
fn tables_are_rows() {
    check(&[
        (
            "<table><caption>c</caption><thead><tr><th>a<th>b<tbody><tr><td>1<td>2<tfoot><tr><td>3</table>d",
            &["c", "a\tb", "1\t2", "3", "d"],
        ),
        ("<table><tr><td></td><td>a</td><td></td><td>b</td></tr></table>", &["a\tb"]),
        ("<table><tr><td>a<table><tr><td>b<td>c</table>d<td>e</table>", &["a", "b\tc", "d\te"]),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", &["a", "b"]),
        ("<table><tr>\n<td> a </td>\n<td>&nbsp;</td>\n<td> b </td>\n</tr></table>", &["a\tb"]),
    ]);
}

#[test]
fn white_space_and_what_does_not_show() {
    check(&[
        ("\u{feff}a\0b \u{1b}c\u{7f}", &["ab c"]),
        ("a&nbsp;&nbsp;b\u{2028}c\u{85}d\u{b}e &#13; f", &["a b c d e f"]),
        ("<p>&#8203;<p>&nbsp;<p>&shy;<p>\u{3000}<p>&zwnj;&#xfeff;", &[]),
        ("\u{3000}a\u{3000}b\u{2009}c\u{3000}", &["a\u{3000}b\u{2009}c"]),
        ("Do&shy;nau su&#8203;d /a/<wbr>b", &["Donau su\u{200b}d /a/b"]),
        ("a <b> b</b> <i> </i> c", &["a b c"]),
        ("a<br><br> <br/>b</br>c", &["a", "b", "c"]),
        ("<a>Home</a><a>News</a>", &["HomeNews"]),
        ("<my-a>a</my-a><my-a>b</my-a>, <xy>c</xy>d", &["a b , cd"]),
        ("H<sub>2</sub>O<sup>1</sup>", &["H2O1"]),
        ("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>", &["a(b)"]),
    ]);
}

#[test]
fn preformatted_text_keeps_its_indent() {
    check(&[
        ("<pre>\r\n  a\r\n\r\n\tb  </pre> c", &["  a", "\tb", "c"]),
        ("<pre>&nbsp; a\u{b}b\u{1b}\u{ad}</pre>", &["  a b"]),
        ("<pre><div> a</div> <b>b</b>\n<br>c</pre>", &[" a", " b", "c"]),
        ("<xmp> <b>a</b>&amp;</xmp>", &[" <b>a</b>&amp;"]),
        ("<listing> a</listing><p> b", &[" a", "b"]),
        ("<plaintext> a</plaintext>\n<p>", &[" a</plaintext>", "<p>"]),
        ("<pre>a", &["a"]),
        ("a</pre> b", &["a", "b"]),
    ]);
}

#[test]
fn entities_and_broken_tags() {
    check(&[
        ("&copy 1 &amp;lt; &notit; R&D &ampx", &["© 1 &lt; ¬it; R&D &x"]),
        ("&#x41;&#66 &#150;&#x80; &#0;&#xD800;&#x110000;", &["AB –€ \u{fffd}\u{fffd}\u{fffd}"]),
        ("a < b <3 </> c <", &["a < b <3 c <"]),
        ("<a title='x > y' href=x\"y>a</a><IMG ALT=\"<p>\"><B>b</B>", &["a b"]),
        ("<p>a</p x=y>b</p>c<p", &["a", "b", "c"]),
        ("<h2>a</h3>b", &["a", "b"]),
        ("<!doctype html>\n<h1\n>a</h1\n>", &["a"]),
    ]);
}
