// The page /docs: the API's description, read from this server alone.
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("docs");
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.url,
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
