"""Invented documents not worth keeping, and short ones that are: the labelled documents hardly have either.

Sentences are filled from word lists, so that no two documents are alike; lists and sentences were written for this purpose.
"""

from pathlib import Path

import numpy as np

from . import chrome

PRODUCTS = """replica watches|discount pharmacy pills|hair growth serum|mortgage refinancing|payday loans|term life insurance|auto warranty|
bulk email software|weight loss tea|keto gummies|male enhancement capsules|crypto signals|forex robots|online casino bonus|cheap web hosting|
university diplomas|printer ink|credit repair|debt consolidation|timeshare resale|garden sheds|roof repair|carpet cleaning|dental implants|
invisalign|essay writing service|SEO packages|backlinks|instagram followers|designer handbags|vacuum cleaners|air fryers|running shoes|
protein powder|solar panels|personal injury lawyers|locksmiths|plumbers|escort directory|private jet charter|VPN deals|antivirus software|
satellite TV|long distance calling|prescription drugs|herbal remedy|anti wrinkle cream|golf clubs|travel vouchers|sports betting tips""".replace("\n", "").split("|")
PLACES = """Dallas|Houston|Phoenix|Denver|Leeds|Glasgow|Perth|Brampton|Tampa|Orlando|San Diego|Bristol|Dubai|Delhi|Pune|Manila|Austin|Omaha|Tulsa|
Reno|Fresno|Boise|Cardiff|Leicester|Hamilton|Ottawa""".replace("\n", "").split("|")
GRADES = "best|top|cheapest|leading|most trusted|number one|premium|affordable|high quality|certified|award winning|amazing|ultimate|exclusive".split("|")
PITCH = [
    "Are you looking for the {g} {p} in {c}?", "Look no further!", "Our {p} are 100% guaranteed or your money back.", "Click here to order now.",
    "Save up to {n}% on {p} today only!", "Order {p} online and get free shipping worldwide.", "Don't miss this limited time offer!",
    "No credit check. No fees. No obligation.", "You have been selected to receive a FREE quote on {p}.", "Act now, supplies are limited.",
    "Call toll free 1-800-{n}-{m} and ask for {p}.", "As seen on TV!", "Thousands of happy customers can't be wrong.",
    "We are the {g} provider of {p} in {c} and nearby areas.", "Lose {n} pounds in {d} days without dieting!", "Earn ${m} a week from home.",
    "Your {p} will be shipped in a discreet package.", "Only ${d}.99 per month!", "Visit our website for more details about {p}.",
    "If you want {p}, then our {g} {p} are the right choice for you.", "Many people in {c} search for {p} every day.",
    "When it comes to {p}, you deserve the {g} service.", "We offer {g} {p} at {g} prices.", "Contact us today for {p} in {c}.",
    "This is a one time mailing.", "To be removed from our list reply with REMOVE in the subject line.", "Unsubscribe | Privacy policy | View online",
    "The {p} industry has changed a lot in recent years, and choosing {p} can be confusing.", "It is important to choose the right {p} for your needs.",
    "There are many benefits of {p}, and {g} {p} give you all of them.", "In this article we will discuss everything you need to know about {p}.",
    "So what are you waiting for? Get your {p} now!", "Risk free trial for {d} days.", "Lowest rates in {d} years!", "Dear homeowner,",
    "Dear friend,", "Congratulations!", "ATTENTION:", "Buy now", "Special offer inside", "Make money fast with {p}!", "Why pay more?",
    "Lenders are competing for your business.", "We accept Visa, Mastercard and American Express.", "Instant approval, bad credit is no problem!",
    "Claim your bonus of ${m} before midnight.", "If you cannot view this message, please click here.", "You receive this email because you opted in.",
    "As an affiliate we earn a commission if you buy {p} through our links.", "Pros: {g} quality, fair price. Cons: none that we could find.",
    "Check the latest price on the seller's site.", "We spent {d} hours researching {p} so you don't have to.", "Here are the {d} {g} {p} of the year.",
    "With so many {p} on the market, it can be hard to know which one to buy.", "This {p} is made of {g} materials and will last for years.",
    "In conclusion, {p} are a {g} choice for anyone who wants {p}.", "In today's fast-paced world, {p} have become more important than ever.",
    "Whether you are a beginner or an expert, {p} can help you reach your goals.", "The use of {p} is very beneficial to the people who use {p}.",
    "Hurry, this coupon for {p} expires in {d} hours!", "Your account has been suspended, please verify your details within {d} hours.",
    "We noticed unusual activity and need you to confirm your password.", "Use code SAVE{d} at checkout.", "New arrivals are here, shop the {p} collection now.",
    "Our team of professionals in {c} has over {d} years of experience in {p}.", "Give us a call for a free estimate today.", "Why choose us for {p} in {c}?",
    "Get rich with {p} while you sleep.", "Doctors hate this one simple trick.", "Join over {m} members who already earn with {p}.",
    "This offer is not available in stores.", "Results may vary.", "Stop wasting money and start using {p}.", "Do you want to know the secret of {p}?",
    "The human of {p} must to select the {g} what he likes in {c}.", "Great site, I will bookmark it and come back for {p}.", "Very nice post about {p}, visit my page too.",
    "Sign up for our newsletter and get {n} dollars off {p}.", "Ship to your door in {d} days, no prescription needed.", "No experience required, work {d} hours a week.",
    "Compare {p} side by side and see why ours are {g}.", "{p} near {c}, {p} {c}, {g} {p} {c}.", "Get started in minutes!", "Ask about our {p} specials in {c}.",
]
LETTER = [
    "I am {w}, the {r} of the late {w}, who died in a {e} with his whole family.", "Before his death he deposited the sum of {m} million US dollars in a bank in {c}.",
    "I write to seek your assistance in moving these funds to your country.", "I got your contact from the chamber of commerce and decided to trust you.",
    "For your assistance you will receive {n}% of the total sum.", "This transaction is 100% risk free and must be kept strictly confidential.",
    "Please reply with your full name, telephone number and bank details.", "I await your urgent response.", "Permit me to introduce myself to you.",
    "Compliments of the season.", "Dear Sir/Madam,", "May God bless you as you help us.", "The government has frozen all his accounts.",
    "I have all the legal documents to back up the claim.", "You will be presented as the next of kin.", "Yours faithfully,", "Mr. {w}",
    "I am presently seeking asylum in {c} and cannot open a bank account.", "The consignment was registered as family valuables.",
    "My late husband was a contractor with an oil company and left {m} million with a security firm.", "I was told by my doctor that I will not live longer than {d} months.",
    "I want to donate this money to charity and orphans through you.", "Kindly contact my lawyer with the reference number {m}/{n}.",
    "Your e-mail address has won the sum of {m} thousand pounds in our international lottery.", "To claim your prize contact the fiduciary agent in {c}.",
    "You must treat this with utmost secrecy.", "I am a {r} of the former head of state of my country.", "All modalities have been put in place for the transfer.",
    "Send your account number, the name of your bank and your private phone.", "The funds will be shared {d}% for you and the rest for me and my partners.",
    "I am writing you from a refugee camp in {c}.", "We discovered an abandoned sum of {m} million in an account of a customer who died in a {e}.",
    "The bank will confiscate the money if nobody comes forward within {d} days.", "Because of my position I cannot claim the money by myself.", "Remain blessed.",
    "We need a reliable foreign partner for this business relationship.", "I am the principal auditor of a bank in {c}.",
]
WHO = "Mrs. Amina Bello|Dr. Peter Okoro|Barrister James Cole|Colonel Moussa Traore|Prince Joseph Eze|Mr. Kofi Mensah|Madam Grace Toure|Engineer Li Wen".split("|")
ROLE = "widow|only son|personal attorney|daughter|private secretary|account officer|brother".split("|")
EVENT = "plane crash|car accident|civil war|coup|fire|political uprising".split("|")
NAV = """Home|About us|Contact|Privacy policy|Terms of service|Sitemap|Login|Register|My account|View cart|Search|Categories|Subscribe|Follow us|
Share this|Next|Previous|Read more|All rights reserved|View as web page|Unsubscribe|Advertise|Help|Blog|News|Forums|Archive""".replace("\n", "").split("|")
LIST = [
    "{p} in {c} are open from {d} am to {d} pm.", "The average price of {p} in {c} is ${n}.", "{c} has {n} providers of {p}.",
    "The {g} rated {p} in {c} has {m} reviews.", "{c} is a city where you can find {p}.", "People in {c} also search for {p} in {d} other places.",
    "{p} {c} is located {d} miles from the centre.", "Find {p} in {c}, {c} and {c}.", "The temperature in {c} is {d} degrees with a {n}% chance of rain.",
    "Shares of {c} Holdings rose {d}.{d} percent to ${n}.{d} on volume of {m} thousand.", "The score was {d} to {d} at the end of period {d}.",
    "Phone number {n}-{m} belongs to a caller from {c}.", "Flight {n} from {c} to {c} is scheduled for {d}:{n}.", "Zip code {m} lies in {c}.",
    "{c} beat {c} {d}-{d} on day {d} of the season.", "The distance from {c} to {c} is {m} kilometres.",
]


PHRASES = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted((Path(__file__).parent / "phrases").glob("*.txt"))}
# Kinds that a spam page mixes with each other; the others stand by themselves.
MIXED = ["doorway", "seo", "affiliate", "mail"]


def phrases(rng, count):
    """Sentences of one kind, now and then with some of another; notices and machine-made facts by themselves."""
    kind = str(rng.choice(list(PHRASES)))
    own = [str(s) for s in rng.choice(PHRASES[kind], size=min(count, len(PHRASES[kind])), replace=False)]
    if kind in MIXED and rng.random() < 0.4:
        other = PHRASES[str(rng.choice(MIXED))]
        own += [str(s) for s in rng.choice(other, size=min(len(other), 1 + count // 3), replace=False)]
        rng.shuffle(own)
    return own


def fill(sentence, rng, product, place):
    pick = lambda words: str(words[int(rng.integers(len(words)))])
    return sentence.format(
        p=product if rng.random() < 0.8 else pick(PRODUCTS), c=place if rng.random() < 0.6 else pick(PLACES), g=pick(GRADES), n=int(rng.integers(10, 999)),
        m=int(rng.integers(1000, 9999)), d=int(rng.integers(1, 31)), w=pick(WHO), r=pick(ROLE), e=pick(EVENT))


def layout(sentences, rng):
    """Sentences as lines the way mails and pages break them: one a line, in paragraphs, or hard wrapped."""
    kind = rng.random()
    if kind < 0.35:
        return sentences
    lines, at = [], 0
    while at < len(sentences):
        n = int(rng.integers(1, 6))
        lines.append(" ".join(sentences[at : at + n]))
        at += n
    if kind < 0.7:
        return lines
    out, width = [], int(rng.integers(40, 76))
    for line in lines:
        current = ""
        for word in line.split(" "):
            if len(current) + len(word) > width:
                out.append(current)
                current = word
            else:
                current = f"{current} {word}".strip()
        out.append(current)
    return out


def scrambled(lines, rng):
    """Real sentences torn to word order that means nothing, as spun pages and filter-dodging mails have them."""
    words = " ".join(lines).split(" ")
    n = len(words)
    pieces, at = [], 0
    while at < n:
        k = int(rng.integers(1, 7))
        pieces.append(" ".join(words[at : at + k]))
        at += k
    rng.shuffle(pieces)
    text = " ".join(pieces).split(" ")
    out, at = [], 0
    while at < len(text):
        k = int(rng.integers(6, 60))
        out.append(" ".join(text[at : at + k]).capitalize() + ".")
        at += k
    return out


def stuffed(rng, product, place):
    """Keyword lists."""
    terms = [f"{rng.choice(GRADES)} {product}", f"{product} {place}", f"buy {product}", f"{product} online", f"cheap {product}", f"{product} reviews",
             f"{product} near me", f"{product} price", product, f"{place} {product} deals"]
    out = []
    for _ in range(int(rng.integers(3, 25))):
        out.append(", ".join(str(t) for t in rng.choice(terms, size=int(rng.integers(4, 20)))))
    return out


def leftovers(rng, pages):
    """Real sentences that were removed from pages: notices, terms, teasers, calls, one after the other."""
    out, goal = [], int(np.exp(rng.uniform(np.log(40), np.log(700))))
    while sum(len(line.split(" ")) for line in out) < goal:
        page = pages[int(rng.integers(len(pages)))]
        removed = [line for line, k, w in zip(page.lines, page.keep, page.page.words) if not k and w >= (8 if rng.random() < 0.8 else 4)]
        out += removed[: int(rng.integers(2, 12))]
        if len(out) > 80:
            break
    return out


def bad_document(rng, prose, pages):
    """`prose`: lines of real text to tear up; `pages`: pages to take what was removed from."""
    product, place = str(rng.choice(PRODUCTS)), str(rng.choice(PLACES))
    kind = rng.random()
    count = int(np.exp(rng.uniform(np.log(4), np.log(60))))
    if kind < 0.35:
        lines = layout([fill(s, rng, product, place) for s in phrases(rng, count)], rng)
    elif kind < 0.5:
        lines = layout([fill(str(s), rng, product, place) for s in rng.choice(PITCH, size=count)], rng)
    elif kind < 0.58:
        lines = layout([fill(str(s), rng, product, place) for s in rng.choice(LETTER, size=min(count + 6, 30), replace=count > 20)], rng)
    elif kind < 0.66:
        shapes = rng.choice(LIST, size=int(rng.integers(1, 4)))
        lines = layout([fill(str(rng.choice(shapes)), rng, product, place) for _ in range(count + 4)], rng)
    elif kind < 0.71:
        lines = stuffed(rng, product, place)
    elif kind < 0.82:
        start = int(rng.integers(len(prose)))
        lines = scrambled(prose[start : start + int(rng.integers(3, 40))], rng)
    else:
        lines = leftovers(rng, pages)
    if rng.random() < 0.4:
        nav = [str(n) for n in rng.choice(NAV, size=int(rng.integers(2, 9)), replace=False)]
        lines = nav + lines if rng.random() < 0.5 else lines + nav
    return [line for line in lines if line]


MAIL_TOPS = ["On {day}, {name} wrote:", "{name} wrote:", "Hi all,", "Hello,", "Hi {name},", "> {quote}", "Quoting {name}:", "-----Original Message-----"]
MAIL_ENDS = ["Regards,", "Thanks,", "Cheers,", "HTH", "-- ", "Best,", "Hope this helps."]


def good_document(rng, page):
    """A stretch of a page's content as a document of its own: short, yet worth keeping; sometimes a mail."""
    kept = [line for line, k in zip(page.lines, page.keep) if k]
    goal = float(np.exp(rng.uniform(np.log(45), np.log(500))))
    start = int(rng.integers(max(1, len(kept) // 2)))
    lines, words = [], 0
    for line in kept[start:]:
        lines.append(line)
        words += len(line.split(" "))
        if words >= goal:
            break
    if rng.random() < 0.4:
        fields = dict(day=f"{chrome.DAYS[int(rng.integers(7))][:3]}, {chrome.date_style(rng)(rng)}", name=chrome.name(rng), quote=lines[0][:60])
        top = [str(t).format(**fields) for t in rng.choice(MAIL_TOPS, size=int(rng.integers(0, 3)), replace=False)]
        end = [str(e) for e in rng.choice(MAIL_ENDS, size=int(rng.integers(0, 2)), replace=False)] + ([chrome.name(rng)] if rng.random() < 0.7 else [])
        lines = top + (layout(lines, rng) if rng.random() < 0.6 else lines) + end
    return lines, words
