//! The kinds of in-line noise that are looked for.

/// What a proposed span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanKind {
    /// Two words without the space between them, `ofnatural`.
    Glue,
    /// The same where a capital shows the seam, `paperNext`.
    CaseGlue,
    /// No space after a sentence or a comma, `earth.Miserable`.
    RunOn,
    /// UTF-8 read as Windows-1252, `weâ€™ve`.
    Mojibake,
    /// An HTML entity, `&quot;`.
    Entity,
    /// An HTML tag, `<p>`.
    Tag,
    /// A wiki's mark, `[edit]`.
    WikiMark,
    /// Numbers of references, `[12]`.
    Citation,
    /// The label of a link that is gone, `(Paper Link)`.
    LinkLabel,
    /// An invitation at the line's end, `Read more »`.
    ReadMore,
    /// A web address.
    Url,
    /// The same sign several times, `!!!`.
    Punctuation,
    /// Characters that show nothing.
    Invisible,
    /// A footnote's way back, `↑`.
    Arrow,
    /// Labels of buttons at the line's end, `Share Tweet Print`.
    ToolWords,
    /// Several spaces, or a leader of dots.
    Spaces,
}

impl SpanKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::Glue,
        Self::CaseGlue,
        Self::RunOn,
        Self::Mojibake,
        Self::Entity,
        Self::Tag,
        Self::WikiMark,
        Self::Citation,
        Self::LinkLabel,
        Self::ReadMore,
        Self::Url,
        Self::Punctuation,
        Self::Invisible,
        Self::Arrow,
        Self::ToolWords,
        Self::Spaces,
    ];

    /// Whether the span alone says too little to stand as a source.
    #[must_use]
    pub const fn needs_context(self) -> bool {
        matches!(self, Self::Glue | Self::CaseGlue | Self::RunOn | Self::Spaces | Self::Punctuation)
    }

    /// Its name in files and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glue => "glue",
            Self::CaseGlue => "case_glue",
            Self::RunOn => "run_on",
            Self::Mojibake => "mojibake",
            Self::Entity => "entity",
            Self::Tag => "tag",
            Self::WikiMark => "wiki_mark",
            Self::Citation => "citation",
            Self::LinkLabel => "link_label",
            Self::ReadMore => "read_more",
            Self::Url => "url",
            Self::Punctuation => "punctuation",
            Self::Invisible => "invisible",
            Self::Arrow => "arrow",
            Self::ToolWords => "tool_words",
            Self::Spaces => "spaces",
        }
    }
}
