# SageMaker starts this program by `train`. It learns the last column of the .csv files of channel `train` from the columns before it, and
# leaves the model where SageMaker collects it.

source("/opt/program/model.R")

opt_ml <- "/opt/ml"
defaults <- list(degree = 1L)

main <- function() {
  settings <- read_hyperparameters()
  table <- read_channel("train")
  rows <- table[, -ncol(table), drop = FALSE]
  targets <- table[, ncol(table)]
  cat(nrow(rows), "rows to learn from, columns", paste(colnames(rows), collapse = ", "), "\n")

  model <- fit_model(rows, targets, settings$degree)
  error <- sqrt(mean((predict_targets(model, rows) - targets)^2))
  cat(sprintf("train:rmse=%.4f;\n", error)) # sm-local.yaml has the regular expression that finds it
  saveRDS(model, file.path(opt_ml, "model/model.rds"))
}

# Every hyperparameter arrives as a string, whatever it was in the request.
read_hyperparameters <- function() {
  given <- jsonlite::read_json(file.path(opt_ml, "input/config/hyperparameters.json"))
  settings <- defaults
  for (name in names(given)) {
    if (!name %in% names(defaults)) {
      cat(sprintf('hyperparameter "%s" is not known here: ignored\n', name))
      next
    }
    value <- suppressWarnings(as.integer(given[[name]]))
    if (is.na(value) || value < 1) {
      stop(sprintf('hyperparameter "%s" should be a whole number above zero, not "%s"', name, given[[name]]), call. = FALSE)
    }
    settings[[name]] <- value
  }
  settings
}

# A matrix of all .csv files of a channel.
read_channel <- function(channel) {
  files <- list.files(file.path(opt_ml, "input/data", channel), pattern = "\\.csv$", full.names = TRUE)
  if (length(files) == 0) {
    stop(sprintf('channel "%s" holds no .csv file: give one with --input %s=<folder>', channel, channel), call. = FALSE)
  }
  tables <- lapply(files, read_table)
  columns <- colnames(tables[[1]])
  for (i in seq_along(files)) {
    if (length(columns) < 2 || !identical(colnames(tables[[i]]), columns)) {
      stop(sprintf("%s: its first line should name two or more columns, the same in all files", basename(files[i])), call. = FALSE)
    }
  }
  table <- do.call(rbind, tables)
  if (nrow(table) == 0) stop(sprintf('the files of channel "%s" hold no rows', channel), call. = FALSE)
  table
}

read_table <- function(file) {
  refuse <- function(why) stop(sprintf("%s: %s", basename(file), why), call. = FALSE)
  table <- tryCatch(
    read.csv(file, check.names = FALSE, fileEncoding = "UTF-8"),
    error = function(error) refuse(conditionMessage(error))
  )
  is_number <- vapply(table, function(column) is.numeric(column) && all(is.finite(column)), logical(1))
  if (nrow(table) > 0 && !all(is_number)) refuse(paste("not all values are numbers in", paste(names(table)[!is_number], collapse = ", ")))
  as.matrix(table)
}

tryCatch(
  main(),
  # SageMaker has asked to stop. What took long and can be kept would be kept here.
  interrupt = function(interrupt) message("asked to stop: there is no model"),
  error = function(error) {
    message(conditionMessage(error))
    # The failure file becomes the job's FailureReason; the exit code alone makes the job fail.
    cat(conditionMessage(error), file = file.path(opt_ml, "output/failure"))
    quit(status = 1)
  }
)
