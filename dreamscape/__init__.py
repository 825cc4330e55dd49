"""Everything of Dreamscape that needs no request: rules, queries, email, pictures, forms.

Nothing here imports app.py. Each module imports only modules above it in this list:

settings     configuration from the environment, validated
log          JSON log lines, redaction of secrets
text         cleaning input, search tokens, email addresses, formatting
database     connection, schema with defaults, cursors
shared       documents decoded once in a worker, which requests share
together     several queries in one call
subjects     how each collection follows the life of a dreamer or a dream
repairs      deleting dangling edges, recomputing counts
visibility   authorisation: who may see, delete and moderate what
limits       rate limits and their counters
assets       the style sheet and the scripts, joined from their files
slugs        unique slugs and redirects from old ones
topics       the site's topics and their cache
convert      the subprocess that converts one picture
card         the subprocess that draws one card, a dream's picture in link previews
pictures     converting, storing and deleting pictures, and cards
uploads      slots for uploads of pictures in a worker
smtp         sending one email over SMTP, telling final refusals from others
mail         composing email, the outbox
indexes      building the indexes in the background, preparing a worker
drafts       form input that could not be submitted yet
dreamers     reading dreamers, bylines, the staged profile
mentions     people whom a comment names with @
passwords    hashing and checking passwords
reports      the site's rules, reports of dreams and comments
needs        what a dream needs: editing, marking as found
notifications  their kinds, telling a dreamer what somebody did, reading them
digests      email about notifications, and stopping it
followers    notifying the followers of a dream, a job of the outbox
dreams       dreams: search words, trending score, adding, changing, deleting
cheers       cheering dreams
follows      following dreams and dreamers
intents      what a visitor wants to do, done after the sign-in
comments     comments as conversations, reactions and their counts
updates      what dreamers tell about a dream later, stories included
help         offers of help, and their messages
settling     offers that end with a dream or an account, or unanswered
audience     who sees a dream, drafts of dreams and their publication
thanks       public thanks for help
blocks       blocking people
accounts     sign-up, sign-in, sessions, email confirmation, password reset
feed         the feed's views and search (all views: find_view_page of matching)
first_words  dreams that nobody has answered yet, in the feed
visits       where somebody left off in the feed, and their last view of it
desk         "My dreams": drafts, living dreams with what is new, resting ones, those come true
people       a dreamer's page; finding people; counts and people for a search of dreams
lives        a dream's page; its state, the story of how it came true, lines, similar stories
welcome      the landing page: the newest dreams, and one that came true with help
matching     needs and skills that match: the view "Can you help?", who could help, asking
publishing   Atom feeds and the sitemap
moderation   moderators' actions, the audit log, telling of decisions, answers to them
leaving      data export and account deletion
placeholders  what differs between requests, in HTML cached for all
pages        the pages about, rules and privacy, or an operator's; security.txt
fields       WTForms fields and validators
forms        WTForms forms
bodies       reading requests: limits of their input, a body's deadline, draining refused ones
demo_canvas  drawing the demo's pictures: light, shapes, grain
demo_nature  skies, hills, water, trees and weather of the demo's pictures
demo_people  people of the demo's pictures
demo_water   pictures of dreams on the water
demo_indoors  pictures of dreams in rooms
demo_pages   pictures of dreams of letters and books
demo_gatherings  pictures of dreams in which people come together
demo_towns   pictures of dreams in towns and on roads
demo_outdoors  pictures of dreams in gardens and hills
demo_winter  pictures of dreams in snow and ice
demo_looks   hair, clothes and backgrounds for the faces of the demo's people
demo_faces   faces of the demo's people
demo         demo data for an empty database
commands     commands of the ``flask`` command line
"""
