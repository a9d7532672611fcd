# The bot as one container: `docker compose up -d`. Everything it keeps lies in /app/var.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# First what changes seldom: the libraries, each checked against its hash.
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY bot ./bot
COPY dialogs ./dialogs
COPY services ./services
COPY storage ./storage
COPY locales ./locales

# Nobody in particular: may write only where the data lies.
RUN useradd --system --no-create-home --uid 10001 balabaqsha \
 && mkdir var \
 && chown balabaqsha var
USER balabaqsha
VOLUME /app/var

ENV HOST=0.0.0.0 PORT=8080 DATABASE_URL=sqlite:////app/var/balabaqsha.db
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["python", "-m", "bot", "run"]
