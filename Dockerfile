# One image for every process of the shop; the command says which one it is.
FROM node:24-slim

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed: the only one that counts fetches Node, which the image is.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY . .

RUN mkdir /data && chown node:node /data
ENV HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIR=/data
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=5 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4000/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/main.ts"]
