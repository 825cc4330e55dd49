# Dreamscape in a container. It is told MONGO_URI, BASE_URL and SECRET_KEY when it runs:
#
#     docker build -t dreamscape .
#     docker run --rm --env-file .env dreamscape flask --app app init-db    # before each release
#     docker run --env-file .env -p 5000:5000 -v dreamscape:/data dreamscape
FROM python:3.13-slim

# Fonts for the cards of link previews: Latin, Cyrillic, Greek, Arabic and Hebrew. Add fonts-noto-core
# for most other scripts, and fonts-noto-cjk for Chinese, Japanese and Korean.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
# /data holds the pictures where no Cloudinary is configured.
RUN useradd --system --no-create-home dreamscape \
    && install --directory --owner=dreamscape /data
WORKDIR /site
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes --requirement requirements.txt
COPY app.py gunicorn.conf.py ./
COPY dreamscape dreamscape
COPY templates templates
COPY static static

ENV DATA_DIR=/data PORT=5000 WEB_CONCURRENCY=2
USER dreamscape
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD python -c "\
import os, urllib.request as web; \
web.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 5000)}/healthz', timeout=8)"
CMD ["gunicorn", "app:app"]
