# From the body of a request to an answer.

# What the client has to put right: a 4xx with a sentence.
refuse <- function(status, ...) {
  stop(structure(class = c("refusal", "error", "condition"), list(message = sprintf(...), call = NULL, status = status)))
}

answer <- function(status, type, body) {
  list(status = status, headers = list("Content-Type" = type), body = body)
}

answer_json <- function(status, content) {
  answer(status, "application/json", as.character(jsonlite::toJSON(content, auto_unbox = TRUE, digits = 4)))
}

answer_invocation <- function(model, body, content_type, accept) {
  tryCatch(
    {
      rows <- read_rows(body, content_type, model$columns)
      predictions <- round(predict_targets(model, rows), 4)
      if (!all(is.finite(predictions))) refuse(400L, "the body holds values that are too large")
      if (grepl("text/csv", accept, fixed = TRUE)) {
        answer(200L, "text/csv; charset=utf-8", paste0(format(predictions, trim = TRUE, digits = 15), "\n", collapse = ""))
      } else {
        answer_json(200L, list(predictions = I(predictions)))
      }
    },
    refusal = function(refusal) answer_json(refusal$status, list(error = conditionMessage(refusal))),
    error = function(error) {
      message(conditionMessage(error))
      answer_json(500L, list(error = "the prediction failed: the log says why"))
    }
  )
}

# A matrix of finite numbers with the columns that the model was trained on.
read_rows <- function(body, content_type, columns) {
  media_type <- tolower(trimws(sub(";.*", "", content_type)))
  if (!media_type %in% names(readers)) refuse(415L, 'send text/csv or application/json, not "%s"', media_type)
  if (length(body) == 0) refuse(400L, "the body holds no rows")
  rows <- readers[[media_type]](body, length(columns))
  if (nrow(rows) == 0) refuse(400L, "the body holds no rows")
  if (ncol(rows) != length(columns)) {
    refuse(400L, "a row should have %d values (%s), not %d", length(columns), paste(columns, collapse = ", "), ncol(rows))
  }
  if (!all(is.finite(rows))) refuse(400L, "a value is missing or not finite")
  rows
}

readers <- list(
  # Rows without a header line, as text/csv is everywhere in SageMaker.
  "text/csv" = function(body, width) {
    text <- rawConnection(body)
    on.exit(close(text))
    columns <- tryCatch(
      scan(text, rep(list(0), width), sep = ",", multi.line = FALSE, quiet = TRUE),
      error = function(error) refuse(400L, "the body is not CSV of %d numbers a row: %s", width, conditionMessage(error))
    )
    do.call(cbind, columns)
  },

  # {"instances": [[…], …]}, the values of an instance in the order of the columns.
  "application/json" = function(body, width) {
    instances <- tryCatch(
      # Not fromJSON: that takes what looks like an address or a path for one.
      jsonlite::parse_json(rawToChar(body))$instances,
      error = function(error) NULL
    )
    values <- unlist(instances)
    if (!is.list(instances) || !is.numeric(values) || any(lengths(instances) != width) || length(values) != width * length(instances)) {
      refuse(400L, 'the body is not JSON of the form {"instances": [[...], ...]} with %d numbers in each', width)
    }
    matrix(values, ncol = width, byrow = TRUE)
  }
)
