"""What blogs and forums print around a comment: names, dates, headings, links. Written for this purpose."""

FIRST = """Ada Alan Alice Amir Ana Anders Andy Anja Anna Arjun Asha Ben Beth Bill Bob Brian Carla Carlos Cathy Chen Chris Claire Dan Dana
Dave David Deb Diane Dmitri Don Ed Elena Eli Emily Emma Eric Erin Eva Fatima Fiona Frank Gary George Gina Grace Greg Hannah Hans Harry
Helen Henry Hiro Ian Igor Ines Irene Ivan Jack James Jan Jane Jason Jeff Jen Jenny Jess Jim Jo Joan Joe John Jose Josh Juan Julia Karen
Kate Keith Ken Kevin Kim Kumar Kyle Lars Laura Lee Lena Leo Linda Lisa Liz Lucy Luis Maria Mark Mary Matt Max Mei Mia Michael Mike Mina
Mohammed Nadia Nancy Nick Nina Noah Olga Omar Oscar Pam Pat Paul Pedro Peter Phil Priya Rachel Raj Ray Rob Robin Rosa Ruth Ryan Sam Sara
Scott Sean Sofia Steve Sue Susan Tara Ted Tina Tim Tom Tony Uma Vera Victor Wei Will Yuki Zoe""".split()
LAST = """Adams Baker Brown Carter Chen Clark Cohen Cooper Cruz Davis Diaz Evans Fischer Foster Garcia Gray Green Hall Harris Hill Hughes
Ito Jackson James Johnson Jones Kelly Khan King Klein Kumar Larsen Lee Lewis Lopez Martin Meyer Miller Moore Morgan Murphy Nguyen Olsen
Parker Patel Perez Perry Price Reed Rivera Roberts Rossi Schmidt Shah Silva Singh Smith Taylor Thomas Turner Walker Ward Weber White
Williams Wilson Wong Wood Wright Young""".split()
HANDLES = """anon Anonymous guest Guest reader99 nightowl bluefish codemonkey skeptic1 rustbelt mtnbiker sunny_d pixelpusher oldtimer
darkhorse teapot42 wanderer greenthumb xkcdfan quietone marathonmom dadof3 lurker coffeeaddict toolman J.R. P. K. zeke77 theOtherOne
northstar citizen_x bookworm brainstorm gadgetguy sparky""".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

HEADINGS = [
    "{n} Comments", "{n} comments", "Comments ({n})", "Comments", "COMMENTS", "Comments:", "{n} Responses", "{n} responses to “{title}”",
    '{n} Responses to "{title}"', "{n} thoughts on “{title}”", "{n} Comments on {title}", "Reader Comments", "Discussion", "Responses",
    "Showing {n} comments", "Comments (newest first)", "User comments", "What do you think?", "Join the discussion", "Have your say",
    "Reader Comments ({n})", "Post a comment", "View all comments", "{n} Replies", "Recent comments", "Sort by Newest", "Sort by Best",
    "Add your comment", "Your comments", "Readers' comments", "{n} Comments so far", "Comment from readers", "DISCUSSION: {n}",
]
ENDINGS = [
    "Leave a Reply", "Leave a comment", "Leave a Reply Cancel reply", "Your email address will not be published. Required fields are marked *",
    "Name (required)", "Name *", "Email *", "Mail (will not be published) (required)", "Website", "Comment", "Post Comment",
    "Notify me of follow-up comments by email.", "Notify me of new posts by email.", "You must be logged in to post a comment.",
    "Comments are closed.", "Comments are closed for this entry.", "Post a Comment", "Log in to comment", "Load more comments",
    "Subscribe to comments (RSS)", "Add New Comment", "Sign in to reply", "Remember personal info?", "HTML tags are not allowed.",
    "Older Comments", "« Older Comments", "Older posts", "Newer Post Older Post Home", "Subscribe to: Post Comments (Atom)",
    "Comment policy", "Please read our comment policy before posting.", "Preview", "Submit", "Captcha",
    "The comments to this entry are closed.", "Trackbacks", "TrackBack URL for this entry:", "Verify your Comment",
]
# What stands right below an article, or between its paragraphs.
CALLS = [
    "Read more", "Read more »", "> Read more", "Read more...", "[Read more]", "Continue reading", "Continue reading →", "Click here to read more",
    "Read the full story", "Learn more", "More »", "<< Back", "« Previous", "Next »", "Next post", "Previous post", "Back to top", "Top", "^ Top", "Views: {n}", "{n} views",
    "Hits: {n}", "Visits: {n}", "Reads {n}", "Page views: {n}", "Likes: {n}", "Shares {n}", "0 shares", "{n} Likes", "Rating: {n}%", "Share", "Share this:", "Share this post", "Share on Facebook",
    "Tweet", "Pin it", "Email this", "Print", "Print this page", "Like this:", "Loading...", "Like Loading...", "Tags: {w}, {w}", "Tagged {w}", "Filed under: {w}", "Posted in {w}", "Category: {w}",
    "Labels: {w}, {w}", "Related posts", "You may also like", "Comments Off", "No comments", "0 Comments", "Leave a comment", "Permalink", "Bookmark the permalink.", "Posted by {name} at {n}",
    "Follow us on Twitter", "Subscribe", "Subscribe to our newsletter", "Advertisement", "Sponsored", "Photo gallery", "Report this ad", "Rate this article", "Was this helpful?", "Add to favorites",
    "*** {w} ***", "Last updated: {n} days ago", "Source: {w}", "{w} {w}", "评论", "分享到", "阅读更多", "浏览次数：{n}", "登录后才能评论",
    "Kommentar schreiben", "Weiterlesen", "Mehr lesen »", "Laisser un commentaire", "Lire la suite", "Deja un comentario", "Leer más", "Leggi tutto", "Оставить комментарий", "Читать далее", "コメントを残す", "続きを読む",
]
SITES = "daily post gazette workshop journal review blog media world tech garden press weekly point hub network online".split()


def calls(rng, most):
    """Some of what stands below an article."""
    fields = lambda: dict(n=int(rng.integers(1, 9999)), w=str(rng.choice(SITES)), name=name(rng))
    plain = [str(c).format(**fields()) for c in rng.choice(CALLS, size=int(rng.integers(1, most + 1)), replace=False)]
    return [decorated(c, rng) if rng.random() < 0.1 else c for c in plain]


def decorated(call, rng):
    left, right = str(rng.choice(["> <", ">> <<", "* *", "** **", "== ==", "-- --", "[ ]", "~ ~", "# #", "« »", ">>> <<<", "» «"])).split(" ")
    return f"{left} {call} {right}"


def banner(rng):
    """A site's name, as headers print it, now and then twice."""
    words = " ".join(str(w) for w in rng.choice(SITES, size=int(rng.integers(1, 4)), replace=False))
    return [words, words.title(), words + words, f"{words} {words}", f"{words.title()} | {words}", words.upper()][int(rng.integers(6))]


# Each is one comment as lines; {text} stands for its paragraphs.
SHAPES = [
    ["{name} says:", "{date} at {time}", "{text}", "Reply"],
    ["{name} says:", "{date} at {time}", "{text}"],
    ["{name}", "{date} at {time}", "{text}", "Reply"],
    ["{name} said...", "{text}", "{date} {time}"],
    ["{name} said on {date}", "{text}"],
    ["• {name}", "{date}, {time}", "{text}"],
    ["Posted by: {name} | {date} at {time}", "{text}"],
    ["{text}", "Posted by: {name} | {date}"],
    ["{text}", "Posted by {name} on {date} at {time} | Permalink"],
    ["{text}", "Comment by {name} — {date} @ {time}"],
    ["{k}. {name} {date}", "{text}"],
    ["{k}. {name}", "{text}", "Reply", "Like"],
    ["#{k} {name}", "{date}", "{text}"],
    ["{name} • {ago}", "{text}", "• Reply", "• Share ›"],
    ["{name}", "{ago}", "{text}", "Like · Reply · {ago}"],
    ["{name} wrote:", "{text}", "Report abuse"],
    ["{name}", "{text}", "{date} {time}", "Flag"],
    ["By {name} on {date}", "{text}"],
    ["{name}, {place}", "{text}"],
    ["Comment from: {name} [Visitor]", "{text}", "{date} @ {time}"],
    ["{name} | {date} {time}", "{text}", "Recommend (0)", "Report"],
    ["@{name}", "{text}", "{ago}", "Reply"],
    ["{name} {date}", "{text}"],
    ["{name}: {text}"],
    ["{text}", "- {name}"],
    ["{title_line}", "{name} ({date})", "{text}", "Was this helpful? Yes No"],
    ["{name} on {date}, {time} said:", "{text}", "Reply to {name}"],
    ["Submitted by {name} on {date} - {time}.", "{text}", "» reply"],
    ["{name}", "Member since {year}", "{text}", "Quote"],
    ["[{k}] {text} [{name}] {date}"],
]
PLACES = "London|Austin, TX|Berlin|Toronto|Leeds, UK|Boston|Sydney|Mumbai|Paris|Ohio|Dublin|NYC|Seattle|Oslo".split("|")
OPENERS = [
    "Great post!", "Thanks for sharing.", "Thanks for this.", "I disagree.", "Well said.", "Interesting read.", "I agree with {name}.", "@{name}:",
    "{name}, you're right.", "This is exactly what I was looking for.", "Not sure about this.", "LOL", "First!", "+1", "Nice article.", "So true.",
    "Congratulations!", "Love it!", "Sorry, but no.", "Thank you so much for writing this.", "I had the same problem.", "Wow.", "Agreed.",
    "Does anyone know if this still works?", "Any update on this?", "Good luck!", "I couldn't agree more.", "What a shame.", "Hi {name},",
]


def name(rng):
    kind = rng.random()
    first = str(rng.choice(FIRST))
    if kind < 0.45:
        return first
    if kind < 0.75:
        return f"{first} {rng.choice(LAST)}"
    if kind < 0.85:
        return f"{first} {str(rng.choice(LAST))[0]}."
    return str(rng.choice(HANDLES))


def date_style(rng):
    """One way to write dates, for a whole page."""
    style = int(rng.integers(8))

    def write(rng):
        day, month, year = int(rng.integers(1, 29)), int(rng.integers(12)), int(rng.integers(2004, 2026))
        return [
            f"{MONTHS[month]} {day}, {year}", f"{day} {MONTHS[month]} {year}", f"{MONTHS[month][:3]} {day}, {year}", f"{month + 1}/{day}/{year}",
            f"{year}-{month + 1:02}-{day:02}", f"{day:02}.{month + 1:02}.{year}", f"{DAYS[day % 7]}, {MONTHS[month]} {day}, {year}",
            f"{MONTHS[month]} {day}th, {year}",
        ][style]

    return write


def time_style(rng):
    style = int(rng.integers(4))

    def write(rng):
        hour, minute = int(rng.integers(1, 13)), int(rng.integers(60))
        return [f"{hour}:{minute:02} am", f"{hour}:{minute:02} PM", f"{hour + 11}:{minute:02}", f"{hour:02}:{minute:02}:{minute:02}"][style]

    return write


def ago(rng):
    return f"{int(rng.integers(2, 12))} {rng.choice(['years', 'months', 'days', 'hours', 'weeks'])} ago"
