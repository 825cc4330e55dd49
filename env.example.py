"""Settings of Dreamscape: copy to env.py and fill in. Environment variables take precedence.

An empty value counts as not set. On your own machine nothing is needed.
"""
import os

for name, value in {
    # Signs cookies and reset links: any long random text, for instance what
    # python -c "import secrets; print(secrets.token_hex(32))" prints. Keep it: a new one signs
    # everybody out. Without it a random one stays in DATA_DIR; required once BASE_URL is https.
    "SECRET_KEY": "",
    # The site's address: links in email begin with it, and requests to any other get a 400, except
    # for /healthz. https makes cookies Secure and sends HSTS. An international domain is converted
    # to Punycode. Without it: http://127.0.0.1 and the port.
    "BASE_URL": "",  # https://dreams.example.org
    # Any MongoDB from 6.0 on: a replica set, a sharded cluster, Atlas; one server alone answers
    # 503 where an answer is lost. Without it that of make run; required once BASE_URL is https.
    "MONGO_URI": "",  # mongodb+srv://USER:PASSWORD@CLUSTER.mongodb.net
    "MONGO_DBNAME": "dreamscape",
    # Where pictures are kept. Without it they go to DATA_DIR/uploads, so to one machine.
    "CLOUDINARY_URL": "",  # cloudinary://KEY:SECRET@CLOUD
    # An SMTP account. Without MAIL_SERVER addresses need not be confirmed; email is printed
    # on the terminal on http, and not sent on https.
    "MAIL_SERVER": "",  # smtp.example.org, without a port
    "MAIL_PORT": "",  # 25, 465 with MAIL_USE_SSL, 587 with MAIL_USE_TLS
    "MAIL_USE_TLS": "",  # 1 for STARTTLS
    "MAIL_USE_SSL": "",  # 1 for TLS from the first byte on; never both
    "MAIL_USERNAME": "",  # with MAIL_PASSWORD, or neither; on 25 and 587 only encrypted
    "MAIL_PASSWORD": "",
    "MAIL_DEFAULT_SENDER": "",  # an address or Name <address>; dreamscape@ and our host
    # The address of who runs the site, shown on the pages about it and in security.txt; without it
    # that of MAIL_DEFAULT_SENDER.
    "CONTACT_EMAIL": "",
    # The folder of what is stored on this machine: the database of make run, the pictures without
    # CLOUDINARY_URL, the key without SECRET_KEY, your own pages. By default data.
    "DATA_DIR": "",
    # 1 behind one proxy, as on Heroku: then the client address that it forwards is trusted.
    "BEHIND_PROXY": "",
    # The largest request in megabytes, a picture included; 10.
    "REQUEST_MEGABYTES": "",
    # 0 only for load tests: nobody is told to slow down.
    "RATELIMIT_ENABLED": "",
    # Where gunicorn listens, 5000, and its workers, as many as there are cores.
    "PORT": "",
    "WEB_CONCURRENCY": "",
}.items():
    if value:
        os.environ.setdefault(name, value)
