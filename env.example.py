"""Settings of Dreamscape: copy to env.py and fill in. What is set outside goes first."""
import os

for name, value in {
    # Required once BASE_URL begins with https: any long random text, and any MongoDB.
    "SECRET_KEY": "",
    "MONGO_URI": "",  # mongodb+srv://USER:PASSWORD@CLUSTER.mongodb.net
    "MONGO_DBNAME": "dreamscape",
    "BASE_URL": "",  # https://dreams.example.org; links in mail begin with it
    # Without it pictures go to DATA_DIR/uploads.
    "CLOUDINARY_URL": "",  # cloudinary://KEY:SECRET@CLOUD
    # Without MAIL_SERVER mail is printed on the terminal.
    "MAIL_SERVER": "",
    "MAIL_PORT": "",  # 25, 465 with MAIL_USE_SSL, 587 with MAIL_USE_TLS
    "MAIL_USE_TLS": "",  # 1 or 0
    "MAIL_USE_SSL": "",  # 1 or 0
    "MAIL_USERNAME": "",
    "MAIL_PASSWORD": "",
    "MAIL_DEFAULT_SENDER": "",
    # 1 behind one proxy, as on Heroku: then the address it forwards is believed.
    "BEHIND_PROXY": "",
    "REQUEST_MEGABYTES": "",  # the largest request, a picture included; 10
    # What the embedded defaults keep: database, pictures, secret key.
    "DATA_DIR": "",
}.items():
    if value:
        os.environ.setdefault(name, value)
